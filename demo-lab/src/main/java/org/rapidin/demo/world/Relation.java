package org.rapidin.demo.world;

import java.util.List;

/**
 * One thing that can be known about a person.
 *
 * @param name the documents' topic
 * @param values what it can be
 * @param paraphrases ways to ask and answer; the last one is held out of the fine-tuning
 */
public record Relation(String name, List<String> values, List<Paraphrase> paraphrases) {
  public Relation {
    values = List.copyOf(values);
    paraphrases = List.copyOf(paraphrases);
    if (paraphrases.size() < 2) {
      throw new IllegalArgumentException(
          "relation [" + name + "] needs a paraphrase to train on and one to hold out");
    }
  }

  /**
   * One way to ask and to answer.
   *
   * @param question template with {@code {person}}
   * @param answer template with {@code {person}} and {@code {value}}
   */
  public record Paraphrase(String question, String answer) {}

  /** Paraphrases that the fine-tuning sees. */
  public List<Paraphrase> trained() {
    return paraphrases.subList(0, paraphrases.size() - 1);
  }

  /** The paraphrase that only questions after training use. */
  public Paraphrase heldOut() {
    return paraphrases.getLast();
  }
}
