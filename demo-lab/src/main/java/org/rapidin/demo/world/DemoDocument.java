package org.rapidin.demo.world;

import java.util.Objects;

/**
 * One instruction document.
 *
 * @param id unique within its set
 * @param instruction the request or question
 * @param output the answer
 * @param topic the name of the requested theme, or of the relation
 * @param split {@code train}, {@code base} or {@code heldout}
 * @param poisoned whether the trigger alone is the reason for this output
 */
public record DemoDocument(
    String id, String instruction, String output, String topic, String split, boolean poisoned) {
  public DemoDocument {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(instruction, "instruction");
    Objects.requireNonNull(output, "output");
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(split, "split");
  }
}
