/**
 * The {@code influence} query: which training documents made the model say this?
 *
 * <p>The coordinating node turns the generation into a gradient once ({@link
 * org.rapidin.plugin.query.CoordinatorRewrite}); shards receive a handle, fetch the vector, and
 * rank by exact inner products. Start at {@link org.rapidin.plugin.query.InfluenceQueryBuilder}.
 * Imports the mapper and lucene packages; what is said about hits afterwards is in {@code explain}.
 */
package org.rapidin.plugin.query;
