{{/* What a schema cannot say in words that a person understands, or would repeat a password to say. */}}
{{- define "stockbot.checks" -}}
{{- $v := .Values }}
{{- range $name, $image := dict "image" $v.image "bus.image" $v.bus.image "database.image" $v.database.image }}
{{- if eq $image.tag "latest" }}
{{- fail (printf "%s.tag is latest, which does not say what runs and never rolls out: name a version" $name) }}
{{- end }}
{{- end }}
{{- if contains "@" $v.bus.url }}
{{- fail "bus.url holds a user or a password: put the address into a Secret with the key url, and name that in bus.existingSecret" }}
{{- end }}
{{- if not (regexMatch "^(rediss?://.+)?$" $v.bus.url) }}
{{- fail "bus.url must begin with redis:// or rediss://, such as redis://bus.example.com:6379/0" }}
{{- end }}
{{- if $v.platform.enabled }}
{{- if and $v.bus.enabled $v.bus.url }}
{{- fail "bus.url names a bus elsewhere while bus.enabled is true: set bus.enabled=false, or leave bus.url empty" }}
{{- end }}
{{- if and $v.bus.url $v.bus.existingSecret }}
{{- fail "bus.url and bus.existingSecret are both set: keep the address in one of them" }}
{{- end }}
{{- if not (or $v.bus.enabled $v.bus.url $v.bus.existingSecret) }}
{{- fail "bus.enabled is false, but there is no other bus: set bus.url, or bus.existingSecret to a Secret with the key url" }}
{{- end }}
{{- if not (or $v.database.enabled $v.database.existingSecret) }}
{{- fail "database.enabled is false, but there is no other database: set database.existingSecret to a Secret with the key url" }}
{{- end }}
{{- end }}
{{- if and $v.database.backup.enabled (not $v.database.enabled) }}
{{- fail "database.backup.enabled is about the database of the chart: set it to false, and back up your own database" }}
{{- end }}
{{- if and (eq $v.rbac.scope "Namespace") $v.rbac.secretNamespaces }}
{{- fail "rbac.secretNamespaces is for rbac.scope Cluster: name the namespaces in watchNamespaces instead" }}
{{- end }}
{{- $monitors := dict "metrics.serviceMonitor.enabled" $v.metrics.serviceMonitor.enabled "metrics.prometheusRule.enabled" $v.metrics.prometheusRule.enabled }}
{{- range $key, $asked := $monitors }}
{{- if and $asked (not ($.Capabilities.APIVersions.Has "monitoring.coreos.com/v1")) }}
{{- fail (printf "%s is true, but the cluster does not know monitoring.coreos.com/v1: install the Prometheus operator first, or set it to false (helm template: --api-versions monitoring.coreos.com/v1)" $key) }}
{{- end }}
{{- end }}
{{- end }}
