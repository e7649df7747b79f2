package org.rapidin.plugin.query;

import java.io.IOException;
import org.opensearch.action.IndicesRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.search.SearchService;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.rapidin.plugin.lucene.Candidates;

/** Which documents of a shard an influence query scores exactly. */
sealed interface RankingMode extends ToXContentFragment {

  /** All of them. */
  record Exact() implements RankingMode {
    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
      return builder.field(InfluenceQueryParser.MODE, InfluenceQueryParser.EXACT);
    }
  }

  /**
   * Those with the best estimates, of which the best match and no others do.
   *
   * @param limits how many
   */
  record ByCandidates(Candidates limits) implements RankingMode {
    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
      return builder
          .field(InfluenceQueryParser.MODE, InfluenceQueryParser.CANDIDATES)
          .field(InfluenceQueryParser.K, limits.k())
          .field(InfluenceQueryParser.OVERSAMPLE, limits.oversample());
    }
  }

  /**
   * As {@link ByCandidates}, before it is known how many hits the search shows.
   *
   * @param oversample as in {@link Candidates}
   */
  record ByShownHits(int oversample) implements RankingMode {
    /** Matches of a search that shows fewer. */
    private static final int MIN_K = 100;

    public ByShownHits {
      Candidates.requireOversample(oversample);
    }

    RankingMode resolve(IndicesRequest request) {
      int most = Math.min(Candidates.MAX_K, Candidates.MAX_RESCORED / oversample);
      int k = Math.min(most, Math.max(MIN_K, shown(request)));
      return new ByCandidates(new Candidates(k, oversample));
    }

    private static int shown(IndicesRequest request) {
      SearchSourceBuilder source = request instanceof SearchRequest it ? it.source() : null;
      if (source == null) {
        return 0;
      }
      int size = source.size() < 0 ? SearchService.DEFAULT_SIZE : source.size();
      int window = Math.max(0, source.from()) + size;
      return Math.max(window, rescored(source));
    }

    /** The largest window of a rescorer. */
    private static int rescored(SearchSourceBuilder source) {
      return source.rescores() == null
          ? 0
          : source.rescores().stream()
              .mapToInt(each -> each.windowSize() == null ? 0 : each.windowSize())
              .max()
              .orElse(0);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
      return builder
          .field(InfluenceQueryParser.MODE, InfluenceQueryParser.CANDIDATES)
          .field(InfluenceQueryParser.OVERSAMPLE, oversample);
    }
  }

  /** Returns this mode with nothing left open. */
  default RankingMode resolved(IndicesRequest request) {
    return this instanceof ByShownHits open ? open.resolve(request) : this;
  }

  /** Whether a node that does not know modes would answer another query. */
  default boolean isExact() {
    return this instanceof Exact;
  }

  /** Reads what {@link #write} wrote. */
  static RankingMode read(StreamInput in) throws IOException {
    byte kind = in.readByte();
    return switch (kind) {
      case 0 -> new Exact();
      case 1 -> new ByCandidates(new Candidates(in.readVInt(), in.readVInt()));
      case 2 -> new ByShownHits(in.readVInt());
      default -> throw new IOException("unknown ranking mode %s".formatted(kind));
    };
  }

  /** Writes a mode for another node. */
  static void write(RankingMode mode, StreamOutput out) throws IOException {
    switch (mode) {
      case Exact _ -> out.writeByte((byte) 0);
      case ByCandidates(Candidates limits) -> {
        out.writeByte((byte) 1);
        out.writeVInt(limits.k());
        out.writeVInt(limits.oversample());
      }
      case ByShownHits(int oversample) -> {
        out.writeByte((byte) 2);
        out.writeVInt(oversample);
      }
    }
  }
}
