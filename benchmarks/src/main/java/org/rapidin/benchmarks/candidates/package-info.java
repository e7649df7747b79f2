/** What candidates by sign bits find, and what they cost. */
package org.rapidin.benchmarks.candidates;
