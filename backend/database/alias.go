package database

import "gorm.io/gorm"

// Tx is an open transaction, or a handle for reads. Use cases pass it on to
// the store functions that know the tables; only those call its methods.
type Tx = gorm.DB
