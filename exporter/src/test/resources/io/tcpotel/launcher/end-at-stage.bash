# SPDX-License-Identifier: Apache-2.0
# For BASH_ENV: sends $SIGNAL to the script just before the command number $STAGE of its build.
set -T
stage=0
end_at_stage() {
  case " ${FUNCNAME[*]} " in
    *" ensure "*) ;;
    *" build "*)
      stage=$((stage + 1))
      [ "$stage" != "$STAGE" ] || kill -s "$SIGNAL" $$
      ;;
  esac
}
trap end_at_stage DEBUG
