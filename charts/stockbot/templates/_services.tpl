{{/* The spec of one TradingService: dict "root" $ "field" its type's block "service" its values. */}}
{{- define "stockbot.spec" -}}
{{- $v := .root.Values }}
{{- $own := dict "type" (printf "%s%s" (upper (substr 0 1 .field)) (substr 1 -1 .field)) }}
{{- if $v.bus.existingSecret }}
{{- $_ := set $own "bus" (dict "secretRef" (dict "name" $v.bus.existingSecret "key" "url")) }}
{{- end }}
{{- if $v.database.existingSecret }}
{{- $_ := set $own "database" (dict "secretRef" (dict "name" $v.database.existingSecret "key" "url")) }}
{{- end }}
{{- with $v.authorities.existingSecret }}
{{- $_ := set $own "authorities" (dict "secretRef" (dict "name" . "key" $v.authorities.key)) }}
{{- end }}
{{- with $v.imagePullSecrets }}
{{- $_ := set $own "imagePullSecrets" . }}
{{- end }}
{{- $spec := mergeOverwrite $own (deepCopy $v.platform.defaults) (deepCopy .service.spec) }}
{{- with include "stockbot.network" (dict "root" .root "field" .field "network" (default dict $spec.network)) | fromJson }}
{{- $_ := set $spec "network" . }}
{{- end }}
{{- toYaml $spec }}
{{- end }}

{{/* Who may call it and whom it may reach: what its own values say, and what holds for the whole release. */}}
{{- define "stockbot.network" -}}
{{- $v := .root.Values }}
{{- $network := deepCopy .network }}
{{- with $v.metrics.from }}
{{- $_ := set $network "metricsFrom" (concat . (default list $network.metricsFrom)) }}
{{- end }}
{{- if $v.networkPolicy.egress.enabled }}
{{- $to := $v.networkPolicy.egress.everyone }}
{{- if has .field (list "marketDataGateway" "executionEngine" "alertManager") }}
{{- $to = concat $to $v.networkPolicy.egress.internet }}
{{- end }}
{{- if eq .field "dashboard" }}
{{- $to = concat $to $v.networkPolicy.egress.apiServer }}
{{- end }}
{{- $egress := default dict $network.egress }}
{{- $to = concat $to (default list $egress.to) }}
{{- $restricted := dict "restricted" true }}
{{- with $to }}
{{- $_ := set $restricted "to" . }}
{{- end }}
{{- $_ := set $network "egress" $restricted }}
{{- end }}
{{- toJson $network }}
{{- end }}
