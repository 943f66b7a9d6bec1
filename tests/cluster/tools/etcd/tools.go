//go:build tools

// Package tools names the program that tests/cluster builds: the store of the control plane.
package tools

import _ "go.etcd.io/etcd/server/v3"
