{{/* Secrets that are made once: the password that is there stays. Helm cannot look when it only renders (`helm template`,
     Argo CD): there every rendering is another password, so name your own in existingSecret. */}}

{{/* dict "root" $ "name" "component" "kept" "content": what it holds, as JSON */}}
{{- define "stockbot.secret" -}}
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
  {{- range $key, $value := .content | fromJson }}
  {{ $key }}: {{ $value | b64enc }}
  {{- end }}
{{- end }}

{{/* What the Secret holds already: dict "root" $ "name" */}}
{{- define "stockbot.there" -}}
{{- $found := dict }}
{{- $secret := lookup "v1" "Secret" .root.Release.Namespace .name }}
{{- if $secret }}
{{- range $key, $value := $secret.data }}
{{- $_ := set $found $key (b64dec $value) }}
{{- end }}
{{- end }}
{{- toJson $found }}
{{- end }}

{{- define "stockbot.busContent" -}}
{{- if .Values.bus.url }}
{{- dict "url" .Values.bus.url | toJson }}
{{- else }}
{{- $there := include "stockbot.there" (dict "root" . "name" "stockbot-bus") | fromJson }}
{{- $password := default (randAlphaNum 32) $there.password }}
{{- $query := ternary "?ssl_ca_certs=/etc/stockbot/authorities/ca.pem" "" (and .Values.bus.tls.existingSecret .Values.authorities.existingSecret | empty | not) }}
{{- $scheme := ternary "rediss" "redis" (not (empty .Values.bus.tls.existingSecret)) }}
{{- dict "password" $password "url" (printf "%s://default:%s@bus:6379/0%s" $scheme $password $query) | toJson }}
{{- end }}
{{- end }}

{{- define "stockbot.databaseContent" -}}
{{- $there := include "stockbot.there" (dict "root" . "name" "stockbot-database") | fromJson }}
{{- $password := default (randAlphaNum 32) $there.password }}
{{- $root := ternary "/etc/stockbot/authorities/ca.pem" "system" (not (empty .Values.authorities.existingSecret)) }}
{{- $query := ternary (printf "?sslmode=verify-full&sslrootcert=%s" $root) "" (not (empty .Values.database.tls.existingSecret)) }}
{{- $made := dict "password" $password "url" (printf "postgresql://stockbot:%s@database:5432/stockbot%s" $password $query) }}
{{- toJson $made }}
{{- end }}

{{- define "stockbot.databaseTls" -}}
["-c", "ssl=on", "-c", "ssl_cert_file=/tls/tls.crt", "-c", "ssl_key_file=/tls/tls.key"]
{{- end }}

{{/* As `stockbot secrets` makes them: `admin` is a person's, the others are shown by services and operator. */}}
{{- define "stockbot.tokensContent" -}}
{{- $made := include "stockbot.there" (dict "root" . "name" "stockbot-tokens") | fromJson }}
{{- if not $made }}
{{- $records := list }}
{{- range $name, $role := dict "admin" "admin" "operator" "admin" "service" "viewer" }}
{{- $token := printf "sbt_%s" (randAlphaNum 43) }}
{{- $_ := set $made $name $token }}
{{- $records = append $records (dict "name" $name "role" $role "sha256" (sha256sum $token)) }}
{{- end }}
{{- $_ := set $made "tokens.json" (toPrettyJson $records) }}
{{- end }}
{{- toJson $made }}
{{- end }}
