/**
 * Searches through REST on stored vectors: an index of vectors that documents brought, clients that
 * search it, and what RapidIn's files of one sample each take. Used by {@code ./rapidin bench
 * compare} and {@code candidates}.
 */
package org.rapidin.benchmarks.search;
