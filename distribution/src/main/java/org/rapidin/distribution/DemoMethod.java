package org.rapidin.distribution;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A method of compression that the demo shows, with its attributor in {@code config/}. */
enum DemoMethod {
  /** RapidIn's; its index is the one of the files in {@code config/}. */
  RAPIDGRAD("rapidgrad", "demo", ""),
  /** LoGra's. */
  LOGRA("logra", "demo-logra", "-logra"),
  /** TrackStar's. */
  TRACKSTAR("trackstar", "demo-trackstar", "-trackstar"),
  /** The head's gradients alone. */
  LM_HEAD("lm_head", "demo-lm-head", "-lm-head");

  private static final ObjectMapper JSON = new ObjectMapper();

  private final String name;
  private final String attributor;
  private final String suffix;

  DemoMethod(String name, String attributor, String suffix) {
    this.name = name;
    this.attributor = attributor;
    this.suffix = suffix;
  }

  /** Finds a method by its name in attributors. */
  static final class Converter implements ITypeConverter<DemoMethod> {
    @Override
    public DemoMethod convert(String name) {
      return Arrays.stream(values())
          .filter(method -> method.name.equals(name))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "expected one of %s, got [%s]".formatted(Arrays.toString(values()), name)));
    }
  }

  /** The id of the attributor, and the name of its file. */
  String attributor() {
    return attributor;
  }

  /** The id of the pipeline. */
  String pipeline() {
    return "influence" + suffix;
  }

  /** The name of the index. */
  String index() {
    return "train" + suffix;
  }

  /** Returns the pipeline of {@code config/} with the method's attributor. */
  JsonNode pipeline(Path config) throws IOException {
    JsonNode pipeline = read(config.resolve("ingest-pipelines/influence.json"));
    ((ObjectNode) pipeline.at("/processors/0/rapidgrad")).put("attributor", attributor);
    return pipeline;
  }

  /** Returns the index that the template in {@code config/} describes, with the method's names. */
  JsonNode index(Path config) throws IOException {
    JsonNode template = read(config.resolve("index-templates/train.json")).path("template");
    ((ObjectNode) template.path("settings")).put("index.default_pipeline", pipeline());
    ((ObjectNode) template.at("/mappings/properties/gradient")).put("attributor", attributor);
    return template;
  }

  private static JsonNode read(Path file) throws IOException {
    return JSON.readTree(Files.readString(file));
  }

  /** The name of the method in an attributor. */
  @Override
  public String toString() {
    return name;
  }
}
