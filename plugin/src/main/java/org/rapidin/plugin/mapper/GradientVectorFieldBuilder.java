package org.rapidin.plugin.mapper;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.opensearch.common.xcontent.support.XContentMapValues;
import org.opensearch.index.mapper.FieldMapper;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.ParametrizedFieldMapper;
import org.opensearch.index.mapper.ParametrizedFieldMapper.Parameter;
import org.rapidin.plugin.lucene.ScanEngines;
import org.rapidin.scorer.ElementType;

/**
 * Reads a {@code gradient_vector} field's parameters from a mapping and writes them back, pins
 * included. Looks nothing up. No parameter but {@code meta} can be changed later.
 */
final class GradientVectorFieldBuilder extends ParametrizedFieldMapper.Builder {
  private static final String ELEMENT_TYPE = "element_type";

  private final Parameter<String> attributor =
      pin(PinnedAttributor.ATTRIBUTOR, Object::toString, PinnedAttributor::attributor);
  private final Parameter<Integer> dimension =
      pin(
          PinnedAttributor.DIMENSION,
          XContentMapValues::nodeIntegerValue,
          PinnedAttributor::dimension);
  private final Parameter<String> fingerprint =
      pin(PinnedAttributor.FINGERPRINT, Object::toString, PinnedAttributor::fingerprint);
  private final Parameter<String> similarity =
      pin(
          PinnedAttributor.SIMILARITY,
          Object::toString,
          pins -> pins.similarity().name().toLowerCase(Locale.ROOT));
  private final Parameter<Double> scoreScale =
      pin(
          PinnedAttributor.SCORE_SCALE,
          XContentMapValues::nodeDoubleValue,
          PinnedAttributor::scoreScale);
  private final Parameter<String> elementType =
      Parameter.restrictedStringParam(
          ELEMENT_TYPE,
          false,
          mapper -> nameOf(((GradientVectorFieldMapper) mapper).fieldType().elementType()),
          nameOf(ElementType.FLOAT16),
          nameOf(ElementType.FLOAT32),
          nameOf(ElementType.INT8));
  private final Parameter<CandidateOptions> indexOptions =
      new Parameter<>(
              CandidateOptions.NAME,
              false,
              () -> null,
              (field, context, value) -> CandidateOptions.parse(field, value),
              mapper -> ((GradientVectorFieldMapper) mapper).fieldType().candidates())
          .acceptsNull();
  private final Parameter<Map<String, String>> meta = Parameter.metaParam();

  private final Supplier<ScanEngines> engines;

  GradientVectorFieldBuilder(String name, Supplier<ScanEngines> engines) {
    super(name);
    this.engines = engines;
  }

  /**
   * Parses a field of a mapping; a pure function of the mapping and the index's settings.
   *
   * @throws MapperParsingException if a parameter is wrong, or the index lacks what the field needs
   */
  static Mapper.Builder<?> parse(
      String name,
      Map<String, Object> node,
      Mapper.TypeParser.ParserContext context,
      Supplier<ScanEngines> engines) {
    if (context.isWithinMultiField()) {
      throw new MapperParsingException(
          "field [%s] of type [gradient_vector] cannot be a multi-field".formatted(name));
    }
    for (String parameter : GradientVectorFieldMapper.refusedParameters()) {
      if (node.containsKey(parameter)) {
        throw new MapperParsingException(
            "field [%s] of type [gradient_vector] takes no parameter [%s]: leave it out"
                .formatted(name, parameter));
      }
    }
    IndexRequirements.requireIfIndex(name, context.getSettings());
    GradientVectorFieldBuilder builder = new GradientVectorFieldBuilder(name, engines);
    builder.parse(name, context, node);
    PinnedAttributor pins = builder.pins(name);
    if (builder.indexOptions.getValue() != null) {
      // Refuses dimensions that have no codes, and more bits than the dimension.
      builder.indexOptions.getValue().bits(name, pins.dimension());
    }
    return builder;
  }

  private static <T> Parameter<T> pin(
      String name, Function<Object, T> parser, Function<PinnedAttributor, T> getter) {
    Function<FieldMapper, T> current =
        mapper -> getter.apply(((GradientVectorFieldMapper) mapper).fieldType().pins());
    return new Parameter<>(
            name, false, () -> null, (field, context, value) -> parser.apply(value), current)
        .alwaysSerialize();
  }

  private static String nameOf(ElementType type) {
    return type.name().toLowerCase(Locale.ROOT);
  }

  private static ElementType typeOf(Object name) {
    return ElementType.valueOf(name.toString().toUpperCase(Locale.ROOT));
  }

  /**
   * Returns the element type of a field whose mapping is still a map.
   *
   * @param node the field's parameters
   */
  static ElementType elementType(Map<String, Object> node) {
    return typeOf(node.getOrDefault(ELEMENT_TYPE, nameOf(ElementType.FLOAT16)));
  }

  private PinnedAttributor pins(String field) {
    Map<String, Object> node = new HashMap<>();
    for (Parameter<?> pin : List.of(attributor, dimension, fingerprint, similarity, scoreScale)) {
      node.put(pin.name, pin.getValue());
    }
    return PinnedAttributor.fromMapping(field, node);
  }

  @Override
  protected List<Parameter<?>> getParameters() {
    return List.of(
        attributor,
        elementType,
        indexOptions,
        dimension,
        fingerprint,
        similarity,
        scoreScale,
        meta);
  }

  @Override
  public GradientVectorFieldMapper build(Mapper.BuilderContext context) {
    String fullName = buildFullName(context);
    GradientVectorFieldType type =
        new GradientVectorFieldType(
            fullName,
            pins(fullName),
            typeOf(elementType.getValue()),
            indexOptions.getValue(),
            engines,
            meta.getValue());
    return new GradientVectorFieldMapper(name, type);
  }
}
