{{/* A Secret that is made once: what is there stays as it is. Helm cannot look when it only renders (`helm template`,
     Argo CD): there every rendering is another password, so name your own in existingSecret. */}}
{{- define "stockbot.secret" -}}
{{- /* dict "root" $ "name" "component" "kept" "made": what a new one holds, as JSON */}}
{{- $there := lookup "v1" "Secret" .root.Release.Namespace .name }}
apiVersion: v1
kind: Secret
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{ include "stockbot.labels" (dict "root" .root "name" .component) | nindent 4 }}
  {{- if .kept }}
  annotations:
    helm.sh/resource-policy: keep # as the volume is that it opens
  {{- end }}
type: Opaque
data:
  {{- if and $there $there.data }}
  {{- toYaml $there.data | nindent 2 }}
  {{- else }}
  {{- range $key, $value := .made | fromJson }}
  {{ $key }}: {{ $value | b64enc }}
  {{- end }}
  {{- end }}
{{- end }}

{{- define "stockbot.newBus" -}}
{{- $password := randAlphaNum 32 }}
{{- if .Values.bus.url }}
{{- dict "url" .Values.bus.url | toJson }}
{{- else }}
{{- dict "password" $password "url" (printf "redis://default:%s@bus:6379/0" $password) | toJson }}
{{- end }}
{{- end }}

{{- define "stockbot.newDatabase" -}}
{{- $password := randAlphaNum 32 }}
{{- dict "password" $password "url" (printf "postgresql://stockbot:%s@database:5432/stockbot" $password) | toJson }}
{{- end }}

{{/* As `stockbot secrets` makes them: `admin` is a person's, the others are shown by services and operator. */}}
{{- define "stockbot.newTokens" -}}
{{- $made := dict }}
{{- $records := list }}
{{- range $name, $role := dict "admin" "admin" "operator" "admin" "service" "viewer" }}
{{- $token := printf "sbt_%s" (randAlphaNum 43) }}
{{- $_ := set $made $name $token }}
{{- $records = append $records (dict "name" $name "role" $role "sha256" (sha256sum $token)) }}
{{- end }}
{{- $_ := set $made "tokens.json" (toPrettyJson $records) }}
{{- toJson $made }}
{{- end }}
