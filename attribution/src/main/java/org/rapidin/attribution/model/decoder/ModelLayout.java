package org.rapidin.attribution.model.decoder;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rapidin.attribution.model.decoder.ParameterShape.Role;

/**
 * Every parameter of a base model with its shape and role. The order is part of what a gradient
 * vector means, so it never changes for a family. Immutable.
 */
public final class ModelLayout {
  private final Map<String, ParameterShape> parameters;
  private final String embedding;
  private final String head;
  private final String positions;
  private final String prefix;
  private final List<String> derived;
  private final List<String> adapterTargets;

  private ModelLayout(Builder builder, String embedding, String head) {
    this.parameters = new LinkedHashMap<>(builder.parameters);
    this.embedding = embedding;
    this.head = head;
    this.positions = builder.positions;
    this.prefix = builder.prefix;
    this.derived = List.copyOf(builder.derived);
    this.adapterTargets = List.copyOf(builder.adapterTargets);
  }

  /** Collects the parameters of a layout in order. Belongs to one thread. */
  public static final class Builder {
    private final Map<String, ParameterShape> parameters = new LinkedHashMap<>();
    private final List<String> derived = new ArrayList<>(List.of(".rotary_emb.inv_freq"));
    private List<String> adapterTargets = List.of();
    private String positions = "";
    private String prefix = "";

    /** Adds a parameter. */
    public Builder add(String name, Role role, int layer, long... shape) {
      List<Long> dimensions = new ArrayList<>();
      for (long dimension : shape) {
        dimensions.add(dimension);
      }
      parameters.put(name, new ParameterShape(name, dimensions, role, layer));
      return this;
    }

    /** Says which parameter is a table of positions that is added to the embedding. */
    public Builder positions(String name) {
      positions = name;
      return this;
    }

    /** Says how all names but the head's begin, which files of the model without its head omit. */
    public Builder prefix(String begin) {
      prefix = begin;
      return this;
    }

    /** Adds ends of names of stored tensors that are computed from the configuration. */
    public Builder derived(String... ends) {
      derived.addAll(List.of(ends));
      return this;
    }

    /** Says what PEFT adapts where an adapter's configuration names nothing. */
    public Builder adapterTargets(String... modules) {
      adapterTargets = List.of(modules);
      return this;
    }

    /**
     * Makes the layout.
     *
     * @param embedding name of the embedding's parameter
     * @param head name of the head's parameter; a tied head is not a separate parameter
     */
    public ModelLayout build(String embedding, String head) {
      return new ModelLayout(this, embedding, head);
    }
  }

  /** All parameters, in a fixed order. */
  public List<ParameterShape> parameters() {
    return List.copyOf(parameters.values());
  }

  /** Whether there is a parameter of this name. */
  public boolean contains(String name) {
    return parameters.containsKey(name);
  }

  /** A parameter by name. */
  public ParameterShape parameter(String name) {
    ParameterShape parameter = parameters.get(name);
    if (parameter == null) {
      throw new IllegalArgumentException("the model has no parameter [%s]".formatted(name));
    }
    return parameter;
  }

  /** The parameters of one layer, or of {@link ParameterShape#OUTSIDE}. */
  public List<ParameterShape> layer(int index) {
    return parameters.values().stream().filter(shape -> shape.layer() == index).toList();
  }

  /** Weights of the linear layers below the head, in forward order: what an adapter may adapt. */
  public List<ParameterShape> linears() {
    return parameters.values().stream().filter(ParameterShape::isLinear).toList();
  }

  /** Whether a name is the weight of a linear layer below the head, and not of an adapter. */
  public boolean isLinear(String name) {
    return contains(name) && parameter(name).isLinear();
  }

  /** Name of the embedding's parameter. */
  public String embedding() {
    return embedding;
  }

  /** Name of the parameter that the head multiplies with; the embedding's if they are tied. */
  public String headParameter() {
    return tiedHead() ? embedding : head;
  }

  /** Whether the head is the embedding. */
  public boolean tiedHead() {
    return !parameters.containsKey(head);
  }

  /** Name under which files store the head, also a tied one. */
  public String head() {
    return head;
  }

  /** Names of the tables whose rows are added up to the input of layer 0, the embedding first. */
  public List<String> inputTables() {
    return positions.isEmpty() ? List.of(embedding) : List.of(embedding, positions);
  }

  /** How all names but the head's begin; empty if files never omit it. */
  public String prefix() {
    return prefix;
  }

  /**
   * What PEFT adapts where an adapter's configuration names nothing; empty if PEFT refuses that.
   */
  public List<String> adapterTargets() {
    return adapterTargets;
  }

  /** Ends of the names of stored tensors that are computed from the configuration. */
  public List<String> derived() {
    return derived;
  }

  /**
   * Whether a stored tensor that is not a parameter is computed from the configuration, such as the
   * masks that old exports store, and may be passed over.
   */
  public boolean isDerived(String name) {
    return !contains(name) && derived.stream().anyMatch(name::endsWith);
  }
}
