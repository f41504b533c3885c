{{- /* SPDX-License-Identifier: Apache-2.0 */ -}}
{{- /* Capabilities reach a process only as root: Kubernetes gives none to other users. The agent drops them after its start. */ -}}
{{- define "tcpotel.securityContext" -}}
runAsUser: 0
runAsGroup: 0
privileged: false
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
  add: [BPF, PERFMON, NET_ADMIN{{ if .olderConnections }}, SYS_ADMIN{{ end }}]
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- /* The agent's own pod. OTEL_RESOURCE_ATTRIBUTES would give these to all workloads. */ -}}
{{- define "tcpotel.env" -}}
- name: K8S_NODE_NAME
  valueFrom:
    fieldRef:
      fieldPath: spec.nodeName
- name: K8S_NAMESPACE_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: K8S_POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: K8S_POD_UID
  valueFrom:
    fieldRef:
      fieldPath: metadata.uid
{{- end }}

{{- define "tcpotel.cgroupVolume" -}}
- name: tcpotel-cgroup
  hostPath:
    path: {{ .Values.cgroupRoot }}
    type: Directory
{{- end }}

{{- /* A sidecar among the initContainers of a pod, whose volumes have tcpotel.cgroupVolume. It has no readiness: a collector
that is away takes no pod out of service. */ -}}
{{- define "tcpotel.sidecar" -}}
- name: tcpotel
  image: {{ include "tcpotel.image" (dict "image" .Values.image "tag" .Chart.AppVersion) }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  restartPolicy: Always
  args:
    - run
    - --scope=pod
    - --cgroup-root=/host/cgroup
    - --health={{ .Values.health.host }}:{{ .Values.sidecar.healthPort }}
    {{- with .Values.extraArgs }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  env:
    {{- include "tcpotel.env" . | nindent 4 }}
    - name: OTEL_EXPORTER_OTLP_ENDPOINT
      value: {{ include "tcpotel.endpoint" . | quote }}
    {{- with .Values.extraEnv }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- if .Values.sidecar.first }}
  startupProbe:
    httpGet:
      path: /livez
      port: {{ .Values.sidecar.healthPort }}
    periodSeconds: 1
    failureThreshold: 60
  {{- end }}
  livenessProbe:
    httpGet:
      path: /livez
      port: {{ .Values.sidecar.healthPort }}
    periodSeconds: 20
    timeoutSeconds: 5
  resources:
    {{- toYaml .Values.resources | nindent 4 }}
  securityContext:
    {{- include "tcpotel.securityContext" (dict) | nindent 4 }}
  volumeMounts:
    - name: tcpotel-cgroup
      mountPath: /host/cgroup
      readOnly: true
{{- end }}

{{- define "tcpotel.properties" -}}
endpoint={{ include "tcpotel.endpoint" . }}
{{- if .Values.spool }}
spool=/var/spool/tcpotel
{{- end }}
{{- range $option, $value := .Values.config }}
{{ $option }}={{ (kindIs "float64" $value | ternary (int64 $value) $value) | toString | replace "\\" "\\\\" }}
{{- end }}
{{- end }}
