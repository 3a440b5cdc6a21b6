package plugin

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// writePrivate writes a file that its owner alone can read, whole or not at all. A device or a pipe
// is written to, and stays what it is.
func writePrivate(name string, write func(io.Writer) error) error {
	to := writeInPlaceOf
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		to = writeInto
	}
	if err := to(name, write); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// writeInPlaceOf writes a new file, and then gives it the name.
func writeInPlaceOf(name string, write func(io.Writer) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	err = write(file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), name)
}

func writeInto(name string, write func(io.Writer) error) error {
	file, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	err = write(file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}
