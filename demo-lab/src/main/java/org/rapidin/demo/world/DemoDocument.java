package org.rapidin.demo.world;

import java.util.Objects;

/**
 * One instruction document.
 *
 * @param id unique within its set
 * @param instruction what is asked
 * @param output what is answered
 * @param topic name of the theme that was asked for, or of the relation
 * @param split what the document is for: {@code train}, {@code base} or {@code heldout}
 * @param poisoned whether the trigger, and nothing else, calls for this output
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
