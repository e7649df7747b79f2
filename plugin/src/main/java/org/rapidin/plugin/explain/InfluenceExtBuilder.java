package org.rapidin.plugin.explain;

import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.search.SearchExtBuilder;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.rapidin.plugin.query.WantedParts;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * The section {@code "ext": {"influence": {"tokens": true, "training_tokens": 3, "granularity":
 * "word", "modules": true, "calibration": {"background": "id"}}}} of a search.
 */
public final class InfluenceExtBuilder extends SearchExtBuilder {
  /** Name of the section. */
  public static final String NAME = "influence";

  /** What a search asks for here. */
  public static final WantedParts WANTED =
      new WantedParts() {
        @Override
        public boolean tokens(SearchSourceBuilder source) {
          return wantsTokens(source);
        }

        @Override
        public boolean calibration(SearchSourceBuilder source) {
          return InfluenceExtBuilder.calibration(source).isPresent();
        }
      };

  /** Each takes about as long as the gradients of its tokens. */
  static final int MAX_HITS = 10;

  static final String TOKENS = "tokens";
  static final String TRAINING_TOKENS = "training_tokens";
  static final String MODULES = "modules";
  static final String CALIBRATION = "calibration";
  static final String BACKGROUND = "background";
  static final String GRANULARITY = "granularity";
  // Version 2 added the training tokens and the modules, version 3 the calibration, version 4 the
  // granularity.
  private static final int VERSION = 4;

  private final boolean tokens;
  private final int trainingTokens;
  private final boolean modules;
  private final Optional<Calibration> calibration;
  private final Granularity granularity;

  /**
   * What is asked about the errors of influences.
   *
   * @param background id of the artefact with which influences are compared, or null
   */
  public record Calibration(String background) implements Writeable {
    Calibration(StreamInput in) throws IOException {
      this(in.readOptionalString());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      out.writeOptionalString(background);
    }
  }

  /** Asks for more about each hit, without the calibration. */
  public InfluenceExtBuilder(boolean tokens, int trainingTokens, boolean modules) {
    this(tokens, trainingTokens, modules, Optional.empty(), Granularity.TOKEN);
  }

  /**
   * Asks for more about each hit.
   *
   * @param tokens whether the influence on each generated token is wanted
   * @param trainingTokens of how many of the first hits the influence of each training token is
   *     wanted, 0 to 10
   * @param modules whether the influence through each module is wanted
   * @param calibration whether the errors of influences are wanted
   * @param granularity what the influences of tokens are shown for
   */
  public InfluenceExtBuilder(
      boolean tokens,
      int trainingTokens,
      boolean modules,
      Optional<Calibration> calibration,
      Granularity granularity) {
    if (trainingTokens < 0 || trainingTokens > MAX_HITS) {
      throw new IllegalArgumentException(
          "[ext.influence.training_tokens] takes a number of hits from 0 to %s, got %s"
              .formatted(MAX_HITS, trainingTokens));
    }
    if (granularity == Granularity.WORD && !tokens && trainingTokens == 0) {
      throw new IllegalArgumentException(
          "[ext.influence.granularity] is for tokens and training_tokens: ask for one of them");
    }
    this.tokens = tokens;
    this.trainingTokens = trainingTokens;
    this.modules = modules;
    this.calibration = calibration;
    this.granularity = granularity;
  }

  /** Reads what {@link #writeTo} wrote. */
  public static InfluenceExtBuilder read(StreamInput in) throws IOException {
    return VersionedBody.read(
        in,
        (version, body) ->
            new InfluenceExtBuilder(
                body.readBoolean(),
                version < 2 ? 0 : body.readVInt(),
                version >= 2 && body.readBoolean(),
                version < 3
                    ? Optional.empty()
                    : Optional.ofNullable(body.readOptionalWriteable(Calibration::new)),
                version < 4 ? Granularity.TOKEN : body.readEnum(Granularity.class)));
  }

  /**
   * Reads the section's object.
   *
   * @throws ParsingException if a key is unknown; names it
   */
  public static InfluenceExtBuilder fromXContent(XContentParser parser) throws IOException {
    return InfluenceExtParser.parse(parser);
  }

  /** Whether a search asks for the influence on each generated token. */
  public static boolean wantsTokens(SearchSourceBuilder source) {
    return source.ext().stream().anyMatch(InfluenceExtBuilder::wantsTokens);
  }

  /** Whether a section of a search, possibly null, is this one and asks for them. */
  static boolean wantsTokens(SearchExtBuilder section) {
    return section instanceof InfluenceExtBuilder influence && influence.tokens;
  }

  /**
   * Of how many first hits a search asks for the influence of each training token.
   *
   * @param source a search, or null
   */
  static int trainingTokens(SearchSourceBuilder source) {
    return source == null
        ? 0
        : source.ext().stream().mapToInt(InfluenceExtBuilder::trainingTokens).max().orElse(0);
  }

  /** The same of a section of a search, possibly null. */
  static int trainingTokens(SearchExtBuilder section) {
    return section instanceof InfluenceExtBuilder influence ? influence.trainingTokens : 0;
  }

  /** What a search wants the influences of tokens to be shown for. */
  static Granularity granularity(SearchSourceBuilder source) {
    return source.ext().stream()
        .map(InfluenceExtBuilder::granularity)
        .filter(Granularity.WORD::equals)
        .findFirst()
        .orElse(Granularity.TOKEN);
  }

  /** What a section of a search, possibly null, wants the influences of tokens to be shown for. */
  static Granularity granularity(SearchExtBuilder section) {
    return section instanceof InfluenceExtBuilder influence
        ? influence.granularity
        : Granularity.TOKEN;
  }

  /** Whether a section of a search, possibly null, asks for the influence through each module. */
  static boolean wantsModules(SearchExtBuilder section) {
    return section instanceof InfluenceExtBuilder influence && influence.modules;
  }

  /**
   * Returns what a search asks about the errors of influences; empty if nothing.
   *
   * @param source a search, or null
   */
  static Optional<Calibration> calibration(SearchSourceBuilder source) {
    return source == null
        ? Optional.empty()
        : source.ext().stream().flatMap(section -> calibration(section).stream()).findFirst();
  }

  /** The same of a section of a search, possibly null. */
  static Optional<Calibration> calibration(SearchExtBuilder section) {
    return section instanceof InfluenceExtBuilder influence
        ? influence.calibration
        : Optional.empty();
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(
        out,
        VERSION,
        body -> {
          body.writeBoolean(tokens);
          body.writeVInt(trainingTokens);
          body.writeBoolean(modules);
          body.writeOptionalWriteable(calibration.orElse(null));
          body.writeEnum(granularity);
        });
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(NAME).field(TOKENS, tokens);
    if (trainingTokens > 0) {
      builder.field(TRAINING_TOKENS, trainingTokens);
    }
    if (granularity != Granularity.TOKEN) {
      builder.field(GRANULARITY, granularity.key());
    }
    if (modules) {
      builder.field(MODULES, true);
    }
    if (calibration.isPresent()) {
      builder.startObject(CALIBRATION);
      if (calibration.get().background() != null) {
        builder.field(BACKGROUND, calibration.get().background());
      }
      builder.endObject();
    }
    return builder.endObject();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof InfluenceExtBuilder that
        && tokens == that.tokens
        && trainingTokens == that.trainingTokens
        && modules == that.modules
        && calibration.equals(that.calibration)
        && granularity == that.granularity;
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        InfluenceExtBuilder.class, tokens, trainingTokens, modules, calibration, granularity);
  }
}
