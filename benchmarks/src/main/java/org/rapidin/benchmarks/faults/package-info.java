/**
 * Long runs that injure real processes and check what is left: one class for each row of the fault
 * table in docs/operations.md. Start at {@link org.rapidin.benchmarks.faults.FaultBenchmark}.
 */
package org.rapidin.benchmarks.faults;
