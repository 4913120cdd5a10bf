/** The rows of the audit table; the Avro schemas beside them are the table's contract. */
package dev.weighmaster.audit;
