{{/* Names, labels and images that the templates share. */}}

{{- define "stockbot.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "stockbot.operator" -}}
{{ include "stockbot.fullname" . }}-operator
{{- end }}

{{/* Cluster-wide objects of two releases must not meet. */}}
{{- define "stockbot.clusterName" -}}
{{ .Release.Namespace }}-{{ include "stockbot.operator" . }}
{{- end }}

{{- define "stockbot.operatorAccount" -}}
{{- default (include "stockbot.operator" .) .Values.operator.serviceAccount.name }}
{{- end }}

{{/* What selects pods: dict "root" $ "name" the component. Never a version, or an upgrade would restart everything. */}}
{{- define "stockbot.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{- define "stockbot.podLabels" -}}
{{ include "stockbot.selector" . }}
app.kubernetes.io/part-of: stockbot
{{- end }}

{{- define "stockbot.labels" -}}
{{ include "stockbot.podLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* dict "root" $ "image" the values of the image */}}
{{- define "stockbot.image" -}}
{{- $registry := default .root.Values.global.imageRegistry .image.registry }}
{{- $tag := default .root.Chart.AppVersion .image.tag }}
{{- with $registry }}{{ . }}/{{ end }}{{ .image.repository }}
{{- if .image.digest }}@{{ .image.digest }}{{ else }}:{{ $tag }}{{ end }}
{{- end }}

{{/* Where a pod may run, and how it gets its image: dict "root" $ "values" those of the component */}}
{{- define "stockbot.placement" -}}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{- define "stockbot.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "stockbot.busSecret" -}}
{{- default "stockbot-bus" .Values.bus.existingSecret }}
{{- end }}

{{- define "stockbot.databaseSecret" -}}
{{- default "stockbot-database" .Values.database.existingSecret }}
{{- end }}

{{/* The namespaces in which the operator acts through Roles. */}}
{{- define "stockbot.namespaces" -}}
{{- default (list .Release.Namespace) .Values.watchNamespaces | toJson }}
{{- end }}

{{/* What goes into STOCKBOT_OPERATOR_NAMESPACES; empty means all. */}}
{{- define "stockbot.watched" -}}
{{- if or .Values.watchNamespaces (eq .Values.rbac.scope "Namespace") }}
{{- include "stockbot.namespaces" . | fromJsonArray | join "," }}
{{- end }}
{{- end }}
