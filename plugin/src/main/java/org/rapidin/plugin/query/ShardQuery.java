package org.rapidin.plugin.query;

import java.io.IOException;
import java.util.function.Supplier;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.query.QueryShardContext;
import org.rapidin.plugin.handle.GradientHandle;
import org.rapidin.plugin.handle.ResolvedGradient;
import org.rapidin.plugin.lucene.Candidates;
import org.rapidin.plugin.lucene.InfluenceQuery;
import org.rapidin.plugin.lucene.ScanEngines;
import org.rapidin.plugin.mapper.GradientVectorFieldType;
import org.rapidin.plugin.mapper.PinnedAttributor;

/**
 * An influence query on a shard: checks that the field fits the gradient, and makes the Lucene
 * query.
 *
 * @param field that is searched
 * @param subject holds the gradient or its handle
 * @param options the rest of the query
 * @param queryName name under which hits show their influence, or null
 * @param node the gradients and artefacts of this node; called if they are needed
 */
record ShardQuery(
    String field,
    InfluenceSubject subject,
    InfluenceOptions options,
    String queryName,
    Supplier<CoordinatorRewrite> node) {

  /**
   * Makes the Lucene query.
   *
   * @throws IllegalArgumentException if the field cannot be ranked by the gradient, or no
   *     coordinating node computed it
   */
  Query toQuery(QueryShardContext context) throws IOException {
    if (subject instanceof InfluenceSubject.TimedOut) {
      return new TimedOutQuery();
    }
    ResolvedGradient gradient = gradient();
    if (context.nestedScope().getObjectMapper() != null) {
      throw new IllegalArgumentException(
          "[influence] inside [nested] matches nothing, because a gradient belongs to a whole document: move it out of [nested]");
    }
    MappedFieldType type = context.fieldMapper(field);
    if (type == null) {
      // The coordinating node refuses a field that no index maps.
      return new MatchNoDocsQuery("no field [" + field + "]");
    }
    if (!(type instanceof GradientVectorFieldType gradients)) {
      throw new IllegalArgumentException(
          "[influence] searches fields of type [gradient_vector], field [%s] has type [%s]"
              .formatted(field, type.typeName()));
    }
    requireSameAttributor(gradient, gradients.pins());
    return influence(gradients, gradient, context);
  }

  private ResolvedGradient gradient() {
    return switch (subject) {
      case InfluenceSubject.ByValue(ResolvedGradient gradient) -> gradient;
      case InfluenceSubject.ByHandle(
              GradientHandle handle,
              ResolvedGradient fetched,
              var _,
              var _) ->
          fetched != null ? fetched : node.get().handles().require(handle.key()).gradient();
      case InfluenceSubject.Generation _,
          GenerationSet _,
          PreconditionedSet _,
          InfluenceSubject.RawVector _,
          InfluenceSubject.TimedOut _ ->
          throw new IllegalArgumentException(
              "[influence] needs the coordinating node of a search to compute its gradient: use it in _search, _msearch or _explain, not in an alias filter or a percolator query");
    };
  }

  private void requireSameAttributor(ResolvedGradient gradient, PinnedAttributor pins) {
    if (!gradient.fingerprint().equals(pins.fingerprint())) {
      throw new IllegalArgumentException(
          "field [%s] holds gradients of attributor [%s] with fingerprint [%s], the query's gradient is of attributor [%s] with fingerprint [%s]"
              .formatted(
                  field,
                  pins.attributor(),
                  pins.fingerprint(),
                  gradient.attributor(),
                  gradient.fingerprint()));
    }
  }

  private Query influence(
      GradientVectorFieldType type, ResolvedGradient gradient, QueryShardContext context)
      throws IOException {
    ShardNormalization normalization =
        ShardNormalization.of(
            options, gradient, type.pins().scoreScale(), () -> node.get().preconditioners());
    Query filter = options.filter() == null ? null : options.filter().toQuery(context);
    return new AttributedInfluenceQuery(
        new InfluenceQuery(
                type.name(),
                gradient.vectors(),
                normalization.score(),
                filter,
                candidates(type),
                engines(type),
                ScanEnd::of)
            .normalized(normalization.by()),
        gradient,
        subject.handle(),
        queryName);
  }

  /** The scan of all rows by a search that has a ticket is shared with searches that wait. */
  private ScanEngines engines(GradientVectorFieldType type) {
    ScanEngines engines = type.engines();
    return options.scanAll()
            && subject instanceof InfluenceSubject.ByHandle byHandle
            && !byHandle.several()
            && byHandle.ticket() != null
        ? new ScanEngines(
            byHandle.ticket().sharing(engines.rows()), engines.codes(), engines.counters())
        : engines;
  }

  /** How many documents are scored exactly, or null for all. */
  private Candidates candidates(GradientVectorFieldType type) {
    return switch (options.mode()) {
      case RankingMode.Exact _ -> null;
      case RankingMode.ByCandidates(Candidates limits) -> {
        requireCodes(type);
        yield limits;
      }
      case RankingMode.ByShownHits _ ->
          throw new IllegalStateException("the coordinating node did not resolve the mode");
    };
  }

  private void requireCodes(GradientVectorFieldType type) {
    if (type.codeBits() == 0) {
      throw new IllegalArgumentException(
          "field [%s] has no candidates: create the index with \"index_options\": {\"candidates\": \"sign_bits\"} in the field's mapping, or leave out \"mode\""
              .formatted(field));
    }
  }
}
