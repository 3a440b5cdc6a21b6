package render

import (
	"fmt"
	"os"
	"strings"

	"k8s.io/cli-runtime/pkg/printers"
)

// Names of formats.
const (
	formatText         = "text"
	formatJSON         = "json"
	formatYAML         = "yaml"
	formatKYAML        = "kyaml"
	formatName         = "name"
	formatJSONPath     = "jsonpath"
	formatJSONPathFile = "jsonpath-file"
)

// Formats lists what -o accepts. The last two are followed by "=" and a template or its file.
func Formats() []string {
	return append(checkFormats(), formatJSONPath, formatJSONPathFile)
}

// checkFormats are those that Checks and Check know.
func checkFormats() []string {
	return []string{formatText, formatJSON, formatYAML, formatKYAML, formatName}
}

// ValidateFormat tells, before anything is read, whether Report can print a format.
func ValidateFormat(format string) error {
	if isText(format) {
		return nil
	}
	_, err := encoderOf(format)
	return err
}

func isText(format string) bool { return format == "" || strings.EqualFold(format, formatText) }

// encoderOf is the encoder of any format but text.
func encoderOf(format string) (encoder, error) {
	name, template, _ := strings.Cut(format, "=")
	switch name {
	case formatJSONPath:
		return newJSONPath(name, template)
	case formatJSONPathFile:
		data, err := os.ReadFile(template)
		if err != nil {
			return nil, fmt.Errorf("read the template: %w", err)
		}
		return newJSONPath(name, string(data))
	}
	return plainEncoder(format, Formats())
}

// plainEncoder is the encoder of a format without a template.
func plainEncoder(format string, allowed []string) (encoder, error) {
	switch strings.ToLower(format) {
	case formatJSON:
		return encodeWith(&printers.JSONPrinter{}), nil
	case formatYAML:
		return encodeWith(&printers.YAMLPrinter{}), nil
	case formatKYAML:
		return encodeWith(&printers.KYAMLPrinter{}), nil
	case formatName:
		return encodeNames, nil
	}
	return nil, fmt.Errorf("output format %q is none of %s", format, strings.Join(allowed, ", "))
}
