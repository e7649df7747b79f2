package org.rapidin.plugin.mapper;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.mapper.TextSearchInfo;
import org.opensearch.index.mapper.ValueFetcher;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.QueryShardException;
import org.opensearch.search.lookup.SearchLookup;
import org.rapidin.plugin.codec.GradientVectorField;
import org.rapidin.plugin.lucene.ScanEngines;
import org.rapidin.scorer.ElementType;

/**
 * A mapped {@code gradient_vector} field as queries see it: it can be asked for influence and for
 * existence, nothing else.
 */
public final class GradientVectorFieldType extends MappedFieldType implements GradientVectorField {
  /** Name of the type in a mapping. */
  public static final String TYPE = "gradient_vector";

  private final PinnedAttributor pins;
  private final ElementType elementType;
  private final CandidateOptions candidates;
  private final Supplier<ScanEngines> engines;

  /**
   * Describes a field.
   *
   * @param name full name
   * @param pins whose vectors it holds
   * @param elementType how their numbers are stored
   * @param candidates how candidates are found, or null if they are not
   * @param engines score the field's rows
   * @param meta the mapping's free notes
   */
  GradientVectorFieldType(
      String name,
      PinnedAttributor pins,
      ElementType elementType,
      CandidateOptions candidates,
      Supplier<ScanEngines> engines,
      Map<String, String> meta) {
    super(name, true, false, false, TextSearchInfo.NONE, meta);
    this.pins = pins;
    this.elementType = elementType;
    this.candidates = candidates == null ? null : candidates.shortest(pins.dimension());
    this.engines = engines;
  }

  /** Whose vectors the field holds. */
  public PinnedAttributor pins() {
    return pins;
  }

  /** What scores the field's rows. */
  public ScanEngines engines() {
    return engines.get();
  }

  Supplier<ScanEngines> engineSupplier() {
    return engines;
  }

  @Override
  public ElementType elementType() {
    return elementType;
  }

  @Override
  public int codeBits() {
    return candidates == null ? 0 : candidates.bits(name(), pins.dimension());
  }

  @Override
  public boolean hasGraph() {
    return candidates != null && candidates.graph();
  }

  CandidateOptions candidates() {
    return candidates;
  }

  @Override
  public String typeName() {
    return TYPE;
  }

  /** Gives nothing: gradients can be inverted to text and are not handed out. */
  @Override
  public ValueFetcher valueFetcher(QueryShardContext context, SearchLookup lookup, String format) {
    return source -> List.of();
  }

  @Override
  public Query existsQuery(QueryShardContext context) {
    return new FieldExistsQuery(name());
  }

  @Override
  public Query termQuery(Object value, QueryShardContext context) {
    throw new QueryShardException(
        context,
        "field [%s] of type [gradient_vector] holds gradients, not terms: search it with the [influence] query"
            .formatted(name()));
  }
}
