# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts of this folder: where the cluster of the tests is, and how it is removed.

# Pods see the host's folders, except for /run, /var/lib and /var/log: there the node has its own.
cluster=${TCPOTEL_CLUSTER:-/var/cache/tcpotel-cluster}

# The node has a network namespace of its own. This pair of links joins it to the host; everything else of its network is
# inside and ends with it. RFC 2544 sets the addresses aside for tests of networks: nobody routes them.
# shellcheck disable=SC2034 # for those who source this
link=tcpotel-node network=198.18.0.0/22 pods=198.18.0.0/24 host=198.18.1.1 node=198.18.1.2 services=198.18.2.0/24

check_archive_tools() { type -P jq >/dev/null || lacks jq jq; }

marker=made-by-tcpotel # with the process that it is for, if there is one

is_made_here() { [ -e "$cluster/$marker" ]; }

# The keeper of the cluster holds a lock on its folder as long as it lives.
is_running() { is_made_here && ! flock -n "$cluster" true; }

# Where hierarchies of cgroups are mounted, v1 and v2.
cgroup_mounts() { sed -nE 's/^\S+ \S+ \S+ \/ (\S+) .* - cgroup2? .*/\1/p' /proc/self/mountinfo; }

# Prints the cgroups that a kubelet makes for all pods.
pod_cgroups() {
  local mount
  cgroup_mounts | while read -r mount; do
    if [ -d "$mount/kubepods" ]; then echo "$mount/kubepods"; fi
  done
}

# Removes what the processes of the cluster leave; they have ended, or end now.
remove_cluster() {
  ip link del "$link" 2>/dev/null || true # else it ends some time after its network namespace
  local folder
  for folder in $(pod_cgroups); do
    for _ in {1..100}; do # a process leaves its cgroup a moment after it has ended
      find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null || true
      [ -d "$folder" ] || break
      sleep 0.1
    done
  done
  rm -rf "$cluster"
}

# Prints what a cluster could leave on the host, and what it could change there.
print_traces() {
  readlink /proc/[0-9]*/exe | grep -E '/(kube[a-z-]*|pause|traffic|node)-[0-9a-f]{16}(/|$)' || true
  cut -d' ' -f1-3 /proc/self/mounts | grep -E 'overlay|/cni-|kubelet|kubepods' || true
  { ip -o addr && ip route; } | grep -E "$link|198\.18\." || true
  nft list tables | grep kube-proxy || true
  pod_cgroups
  sysctl -e vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops kernel.keys.root_maxkeys \
    kernel.keys.root_maxbytes net.ipv4.ip_forward net.ipv4.conf.all.forwarding net.netfilter.nf_conntrack_max
}
