{{- /* SPDX-License-Identifier: Apache-2.0 */ -}}
{{- define "tcpotel.name" -}}
{{- if contains "tcpotel" .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-tcpotel{{ end }}
{{- end }}

{{- define "tcpotel.selector" -}}
app.kubernetes.io/name: tcpotel
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "tcpotel.labels" -}}
{{ include "tcpotel.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* Of an image's values, with the tag of the chart's appVersion if there is none. */ -}}
{{- define "tcpotel.image" -}}
{{- with .image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.tag }}{{ end }}
{{- end }}
{{- end }}

{{- define "tcpotel.endpoint" -}}
{{- if .Values.endpoint }}{{ .Values.endpoint }}
{{- else if .Values.collector.enabled }}http://{{ include "tcpotel.name" . }}-collector.{{ .Release.Namespace }}.svc:4317
{{- else }}{{ fail "tcpotel: set endpoint, or collector.enabled" }}
{{- end }}
{{- end }}
