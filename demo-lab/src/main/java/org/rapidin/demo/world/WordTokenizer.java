package org.rapidin.demo.world;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Writes the tokenizer.json of a world. A token is a word or one punctuation mark. Spaces and line
 * breaks separate tokens, so that a prompt that ends with a space and its completion have the same
 * ids together and separately. Words that are not in the vocabulary become {@value #UNKNOWN}.
 */
public final class WordTokenizer {
  /** The token of a word that is not in the vocabulary; id 0. */
  public static final String UNKNOWN = "<unk>";

  /** The token that ends a completion; id 1. */
  public static final String END = "</s>";

  private static final Pattern TOKEN = Pattern.compile("\\w+|[^\\w\\s]");

  private final SortedSet<String> words = new TreeSet<>();

  private WordTokenizer() {}

  /**
   * Creates the tokenizer of all texts of a world.
   *
   * @param world its words become the vocabulary
   * @param texts further texts whose words it must know: the prompt template
   */
  public static WordTokenizer of(World world, String... texts) {
    WordTokenizer tokenizer = new WordTokenizer();
    world.texts().forEach(tokenizer::learn);
    List.of(texts).forEach(tokenizer::learn);
    return tokenizer;
  }

  private void learn(String text) {
    TOKEN.matcher(text).results().forEach(match -> words.add(match.group()));
  }

  /** The number of tokens, including the two special ones. */
  public int size() {
    return words.size() + 2;
  }

  /** The text of tokenizer.json. */
  public String json() {
    ObjectNode root = new ObjectMapper().createObjectNode().put("version", "1.0");
    root.putNull("truncation").putNull("padding");
    ArrayNode added = root.putArray("added_tokens");
    addedToken(added.addObject(), 0, UNKNOWN);
    addedToken(added.addObject(), 1, END);
    root.putNull("normalizer");
    preTokenizer(root.putObject("pre_tokenizer"));
    root.putNull("post_processor").putNull("decoder");
    ObjectNode model = root.putObject("model").put("type", "WordLevel").put("unk_token", UNKNOWN);
    ObjectNode vocabulary = model.putObject("vocab");
    for (String token : vocabulary()) {
      vocabulary.put(token, vocabulary.size());
    }
    return root.toPrettyString() + "\n";
  }

  /** The tokens by id. */
  private List<String> vocabulary() {
    List<String> tokens = new ArrayList<>(List.of(UNKNOWN, END));
    tokens.addAll(words);
    return tokens;
  }

  private static void preTokenizer(ObjectNode node) {
    node.put("type", "Sequence");
    ArrayNode steps = node.putArray("pretokenizers");
    steps.addObject().put("type", "WhitespaceSplit");
    steps.addObject().put("type", "Punctuation").put("behavior", "Isolated");
  }

  private static void addedToken(ObjectNode token, int id, String content) {
    token.put("id", id).put("content", content).put("single_word", false);
    token.put("lstrip", false).put("rstrip", false).put("normalized", false).put("special", true);
  }
}
