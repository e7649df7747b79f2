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

  private ModelLayout(Map<String, ParameterShape> parameters, String embedding, String head) {
    this.parameters = parameters;
    this.embedding = embedding;
    this.head = head;
  }

  /** Collects the parameters of a layout in order. Belongs to one thread. */
  public static final class Builder {
    private final Map<String, ParameterShape> parameters = new LinkedHashMap<>();

    /** Adds a parameter. */
    public Builder add(String name, Role role, int layer, long... shape) {
      List<Long> dimensions = new ArrayList<>();
      for (long dimension : shape) {
        dimensions.add(dimension);
      }
      parameters.put(name, new ParameterShape(name, dimensions, role, layer));
      return this;
    }

    /**
     * Makes the layout.
     *
     * @param embedding name of the embedding's parameter
     * @param head name of the head's parameter; a tied head is not a parameter of its own
     */
    public ModelLayout build(String embedding, String head) {
      return new ModelLayout(new LinkedHashMap<>(parameters), embedding, head);
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
    return parameters.values().stream().filter(shape -> shape.role() == Role.LINEAR).toList();
  }

  /** Whether a name is the weight of a linear layer below the head, and not of an adapter. */
  public boolean isLinear(String name) {
    return contains(name) && parameter(name).role() == Role.LINEAR;
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

  /** Whether a stored tensor that is not a parameter changes nothing and may be passed over. */
  public boolean isDerived(String name) {
    return name.endsWith(".rotary_emb.inv_freq"); // computed from the config; old exports store it
  }
}
