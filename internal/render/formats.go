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
	formatWide         = "wide"
	formatMarkdown     = "markdown"
	formatTemplate     = "go-template"
	formatTemplateFile = "go-template-file"
	formatColumns      = "custom-columns"
	formatColumnsFile  = "custom-columns-file"
)

// Formats lists what -o accepts. The last six are followed by "=" and a template or its file.
func Formats() []string {
	return append(checkFormats(), formatWide, formatMarkdown, formatJSONPath, formatJSONPathFile,
		formatTemplate, formatTemplateFile, formatColumns, formatColumnsFile)
}

// checkFormats are those that Checks and Check know.
func checkFormats() []string {
	return []string{formatText, formatJSON, formatYAML, formatKYAML, formatName}
}

// ValidateFormat tells, before anything is read, whether Report can print a format.
func ValidateFormat(format string) error {
	if isText(format) || isWide(format) {
		return nil
	}
	_, err := encoderOf(Options{Format: format}, Formats())
	return err
}

// IsText tells a format for people from one for programs.
func IsText(format string) bool { return isText(format) || isWide(format) }

func isText(format string) bool { return format == "" || strings.EqualFold(format, formatText) }

func isWide(format string) bool { return strings.EqualFold(format, formatWide) }

// encoderOf is the encoder of any format but text and wide. An error names those that are allowed.
func encoderOf(opts Options, allowed []string) (encoder, error) {
	name, template, _ := strings.Cut(opts.Format, "=")
	if plain, ok := strings.CutSuffix(name, "-file"); ok {
		data, err := os.ReadFile(template)
		if err != nil {
			return nil, fmt.Errorf("read the template: %w", err)
		}
		name, template = plain, string(data)
		if plain == formatColumns {
			if template, err = columnsOfFile(template); err != nil {
				return nil, err
			}
		}
	}
	switch name {
	case formatJSONPath:
		return newJSONPath(name, template)
	case formatTemplate:
		return newTemplate(name, template)
	case formatColumns:
		return newColumns(template, opts)
	}
	if strings.EqualFold(opts.Format, formatMarkdown) {
		return encodeMarkdown, nil
	}
	return plainEncoder(opts.Format, allowed)
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
