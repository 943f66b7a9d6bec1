//go:build tools

// Package tools names the program that tests/cluster builds: the name server of a node.
package tools

import _ "github.com/coredns/coredns"
