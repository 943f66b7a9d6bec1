//go:build tools

// Package tools names the program that tests/cluster builds: the installer of the chart.
package tools

import _ "helm.sh/helm/v4/cmd/helm"
