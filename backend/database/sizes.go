package database

import (
	"context"
	"fmt"
)

// TableSize tells how large a table is, with its indexes.
type TableSize struct {
	Name  string
	Rows  int64
	Bytes int64 // as far as the engine knows
}

// TableSizes lists the tables, the largest first.
func (d *DB) TableSizes(ctx context.Context) ([]TableSize, error) {
	query := "SELECT m.tbl_name AS name, sum(s.pgsize) AS bytes FROM dbstat s JOIN sqlite_master m ON m.name = s.name " +
		"WHERE s.aggregate = 1 AND m.tbl_name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND m.tbl_name <> ? GROUP BY m.tbl_name ORDER BY bytes DESC, name"
	if d.engine == MySQL {
		query = "SELECT table_name AS name, data_length + index_length AS bytes FROM information_schema.tables " +
			"WHERE table_schema = DATABASE() AND table_name <> ? ORDER BY bytes DESC, name"
	}
	var tables []TableSize
	read := d.read.WithContext(ctx)
	if err := read.Raw(query, versionTable).Scan(&tables).Error; err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	for i := range tables {
		if err := read.Table(tables[i].Name).Count(&tables[i].Rows).Error; err != nil {
			return nil, fmt.Errorf("count %s: %w", tables[i].Name, err)
		}
	}
	return tables, nil
}
