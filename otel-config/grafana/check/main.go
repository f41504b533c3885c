// SPDX-License-Identifier: Apache-2.0

// Reads the dashboards that it is given: fields that Grafana does not have are faults, as are values it does not take.
// Prints LANGUAGE<tab>QUERY of each query of Prometheus and Loki in them.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/loki"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

func main() {
	plugins.RegisterDefaultPlugins()
	code := 0
	for _, path := range os.Args[1:] {
		if err := check(path); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			code = 1
		}
	}
	os.Exit(code)
}

func check(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	// A strict reading without a fault answers an empty list of them, and drops the queries: so it is read twice.
	var strict, read dashboard.Dashboard
	if err := strict.UnmarshalJSONStrict(text); err != nil && err.Error() != "" {
		return err
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	if err := read.Validate(); err != nil {
		return err
	}
	for _, each := range read.Panels {
		if each.Panel != nil {
			for _, target := range each.Panel.Targets {
				printQuery(target)
			}
		}
	}
	return nil
}

func printQuery(target any) {
	switch query := target.(type) {
	case prometheus.Dataquery:
		printLine("promql", query.Expr)
	case *prometheus.Dataquery:
		printLine("promql", query.Expr)
	case loki.Dataquery:
		printLine("logql", query.Expr)
	case *loki.Dataquery:
		printLine("logql", query.Expr)
	}
}

func printLine(language, query string) {
	fmt.Println(language + "\t" + strings.Join(strings.Fields(query), " "))
}
