{{- define "teachback.name" -}}
{{- if contains "teachback" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-teachback" .Release.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "teachback.selector" -}}
app.kubernetes.io/name: teachback
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "teachback.labels" -}}
{{ include "teachback.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}
