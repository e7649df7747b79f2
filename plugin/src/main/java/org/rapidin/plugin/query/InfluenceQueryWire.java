package org.rapidin.plugin.query;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.index.query.QueryBuilder;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.handle.ResolvedGradient;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * An influence query between nodes: a versioned body, then the filter.
 *
 * <p>A field that an older node may ignore is appended to the body. A field that changes the result
 * raises the version that is needed, too: older nodes then refuse the query instead of answering a
 * different one.
 *
 * <p>Version 2 added the mode, version 3 sets of generations, version 4 several vectors of which
 * the largest product counts and several texts in one selection of tokens, version 5 modules,
 * version 6 preconditioners, version 7 normalization. Other exact queries are still understood by
 * nodes of version 1.
 *
 * @param field that is searched
 * @param subject what the query asks about
 * @param options the rest
 */
record InfluenceQueryWire(String field, InfluenceSubject subject, InfluenceOptions options) {
  private static final int VERSION = 7;
  private static final int NEEDED_FOR_EXACT = 1;
  private static final int NEEDED_FOR_CANDIDATES = 2;
  private static final int NEEDED_FOR_SETS = 3;
  private static final int NEEDED_FOR_SEVERAL = 4;
  private static final int NEEDED_FOR_MODULES = 5;
  private static final int NEEDED_FOR_PRECONDITIONERS = 6;
  private static final int NEEDED_FOR_NORMALIZATION = 7;

  /** Reads what {@link #writeTo} wrote, by this or another version. */
  static InfluenceQueryWire read(StreamInput in) throws IOException {
    InfluenceQueryWire body = VersionedBody.read(in, InfluenceQueryWire::readBody);
    QueryBuilder filter = in.readOptionalNamedWriteable(QueryBuilder.class);
    return new InfluenceQueryWire(body.field, body.subject, body.options.withFilter(filter));
  }

  private static InfluenceQueryWire readBody(int version, StreamInput body) throws IOException {
    int needed = body.readVInt();
    if (needed > VERSION) {
      throw new IllegalArgumentException(
          "an [influence] query of version [%s] needs version [%s] to be understood, this node has [%s]: upgrade the RapidIn plugin of this node"
              .formatted(version, needed, VERSION));
    }
    return new InfluenceQueryWire(
        body.readString(),
        InfluenceSubject.read(body),
        new InfluenceOptions(
            body.readOptionalString(),
            body.readBoolean(),
            null,
            body.readBoolean(),
            version < 2 ? new RankingMode.Exact() : RankingMode.read(body),
            version < 7 ? Normalize.NONE : new Normalize(body)));
  }

  private int needed() {
    if (!options.normalize().isNone()) {
      return NEEDED_FOR_NORMALIZATION;
    }
    if (subject instanceof PreconditionedSet) {
      return NEEDED_FOR_PRECONDITIONERS;
    }
    if (subject instanceof GenerationSet set && !set.modules().isEmpty()) {
      return NEEDED_FOR_MODULES;
    }
    boolean several =
        switch (subject) {
          case InfluenceSubject.Generation generation -> hasSpans(generation);
          case GenerationSet set -> set.combine() == GenerationSet.Combine.MAX || anyHasSpans(set);
          case InfluenceSubject.ByHandle handle -> handle.several();
          case InfluenceSubject.ByValue(ResolvedGradient gradient) -> !gradient.others().isEmpty();
          default -> false;
        };
    if (several) {
      return NEEDED_FOR_SEVERAL;
    }
    if (subject instanceof GenerationSet) {
      return NEEDED_FOR_SETS;
    }
    return options.mode().isExact() ? NEEDED_FOR_EXACT : NEEDED_FOR_CANDIDATES;
  }

  private static boolean anyHasSpans(GenerationSet set) {
    return set.nuisance().stream().anyMatch(InfluenceQueryWire::hasSpans)
        || set.generations().stream().anyMatch(weighted -> hasSpans(weighted.generation()));
  }

  private static boolean hasSpans(InfluenceSubject.Generation generation) {
    return generation.tokens() instanceof TokenSelection.Spans;
  }

  void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(
        out,
        VERSION,
        body -> {
          body.writeVInt(needed());
          body.writeString(field);
          InfluenceSubject.write(subject, body);
          body.writeOptionalString(options.attributor());
          body.writeBoolean(options.opponents());
          body.writeBoolean(options.ignoreUnmapped());
          RankingMode.write(options.mode(), body);
          options.normalize().writeTo(body);
        });
    out.writeOptionalNamedWriteable(options.filter());
  }
}
