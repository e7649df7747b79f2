package org.rapidin.ingest;

import static org.opensearch.ingest.ConfigurationUtils.newConfigurationException;
import static org.opensearch.ingest.ConfigurationUtils.readOptionalMap;
import static org.opensearch.ingest.ConfigurationUtils.readStringProperty;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.opensearch.ingest.AbstractBatchingProcessor;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.Processor;

/**
 * Reads a processor's configuration. Looks nothing up: it runs in cluster state appliers and at
 * restart, when the registry may not be there; whether the attributor exists is checked when the
 * pipeline is put, and again per batch.
 */
public final class RapidGradProcessorFactory extends AbstractBatchingProcessor.Factory {
  /** Option: id of the attributor. */
  public static final String ATTRIBUTOR = "attributor";

  /** Option: template field → document field. */
  public static final String FIELD_MAP = "field_map";

  /** Option: document field that receives the vector. */
  public static final String TARGET_FIELD = "target_field";

  /** The field that receives the vector where the option is not given. */
  public static final String DEFAULT_TARGET = "gradient";

  // Documents of a bulk, neighbours in length, that are sent to the model together. Their vectors
  // are on the heap at once: 16 MiB at a dimension of 65,536. Larger pieces pad hardly less.
  private static final int DEFAULT_BATCH_SIZE = 64;

  private final IngestServices services;

  /**
   * @param services handed to every processor
   */
  public RapidGradProcessorFactory(IngestServices services) {
    super(RapidGradProcessor.TYPE);
    this.services = services;
  }

  @Override
  public AbstractBatchingProcessor create(
      Map<String, Processor.Factory> factories,
      String tag,
      String description,
      Map<String, Object> config)
      throws Exception {
    config.putIfAbsent(AbstractBatchingProcessor.BATCH_SIZE_FIELD, DEFAULT_BATCH_SIZE);
    return super.create(factories, tag, description, config);
  }

  @Override
  protected AbstractBatchingProcessor newProcessor(
      String tag, String description, int batchSize, Map<String, Object> config) {
    String type = RapidGradProcessor.TYPE;
    return new RapidGradProcessor(
        tag,
        description,
        batchSize,
        readStringProperty(type, tag, config, ATTRIBUTOR),
        target(tag, readStringProperty(type, tag, config, TARGET_FIELD, DEFAULT_TARGET)),
        fieldMap(tag, readOptionalMap(type, tag, config, FIELD_MAP)),
        services);
  }

  /** Metadata such as {@code _id} would take the placeholder, and the vector would be lost. */
  private static String target(String tag, String field) {
    String first = field.split("\\.", 2)[0];
    boolean isMetadata =
        first.equals(IngestDocument.INGEST_KEY)
            || Arrays.stream(IngestDocument.Metadata.values())
                .anyMatch(metadata -> metadata.getFieldName().equals(first));
    if (field.isBlank() || isMetadata) {
      throw newConfigurationException(
          RapidGradProcessor.TYPE,
          tag,
          TARGET_FIELD,
          "must name a field of the document, got [" + field + "]");
    }
    return field;
  }

  private static Map<String, String> fieldMap(String tag, Map<String, Object> given) {
    Map<String, String> fields = new TreeMap<>();
    if (given != null) {
      given.forEach(
          (template, field) -> {
            if (!(field instanceof String name) || name.isBlank()) {
              throw newConfigurationException(
                  RapidGradProcessor.TYPE,
                  tag,
                  FIELD_MAP,
                  "[" + template + "] must name a document field, got [" + field + "]");
            }
            fields.put(template, name);
          });
    }
    return fields;
  }
}
