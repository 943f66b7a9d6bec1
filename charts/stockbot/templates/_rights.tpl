{{/* What the operator may do, and nothing more: k8s/operator/rbac.yaml has the same, a test compares them. */}}

{{/* In every namespace that it looks after, but for Secrets. */}}
{{- define "stockbot.rights" -}}
- apiGroups: [stockbot.dev]
  resources: [tradingservices]
  verbs: [get, list, watch]
- apiGroups: [stockbot.dev]
  resources: [tradingservices/status]
  verbs: [patch]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [serviceaccounts, configmaps]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [services]
  verbs: [get, list, watch, create, patch]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [get, list, watch, create, patch]
- apiGroups: [networking.k8s.io]
  resources: [ingresses]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [monitoring.coreos.com]
  resources: [servicemonitors]
  verbs: [get, list, watch, create, patch]
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
- apiGroups: [""]
  resources: [events]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [stockbot-operator, stockbot-operator-claim]
  verbs: [get, update, delete]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
{{- end }}

{{/* Those that TradingServices refer to, each watched by its name. */}}
{{- define "stockbot.secretRights" -}}
- apiGroups: [""]
  resources: [secrets]
  verbs: [list, watch]
{{- end }}

{{/* In the operator's own namespace, where that is none of the watched ones: its Lease. */}}
{{- define "stockbot.leaseRights" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [stockbot-operator]
  verbs: [get, update, delete]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
{{- end }}

{{/* A Role with its binding to the operator: dict "root" $ "name" "namespace" "rules" */}}
{{- define "stockbot.role" -}}
{{- $names := dict "root" .root "name" "stockbot-operator" }}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels: {{ include "stockbot.labels" $names | nindent 4 }}
rules: {{ .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels: {{ include "stockbot.labels" $names | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "stockbot.operatorAccount" .root }}
    namespace: {{ .root.Release.Namespace }}
{{- end }}
