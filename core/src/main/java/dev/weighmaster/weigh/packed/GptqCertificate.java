package dev.weighmaster.weigh.packed;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.gptq.ColumnFinding;
import dev.weighmaster.gptq.ColumnFinding.Decision;
import dev.weighmaster.gptq.GptqFindings;
import dev.weighmaster.gptq.GptqStack;
import dev.weighmaster.gptq.GptqWeigher;
import dev.weighmaster.gptq.RoundingOrder;
import dev.weighmaster.gptq.StoredScale;
import dev.weighmaster.packing.CodeRows;
import dev.weighmaster.packing.GptqMatrix;
import dev.weighmaster.packing.Groups;
import dev.weighmaster.packing.PackedMatrix;
import dev.weighmaster.packing.PackingConfig;
import dev.weighmaster.packing.PackingConfig.GptqOrder;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.UnreadableModelException;
import dev.weighmaster.weigh.DecidedColumns;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.TensorWeighing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Holds matrices to the algorithm of GPTQ: those together that read the same input, because it has
 * moved their codes alike. Thread-safe.
 */
final class GptqCertificate {
  /** What reads one input where layers are named as Llama's are. */
  private static final Pattern TOGETHER =
      Pattern.compile(
          "(.*layers\\.\\d+\\.)(?:(self_attn)\\.[qkv]|(mlp)\\.(?:gate|up))_proj\\.weight");

  private final Optional<GptqOrder> order;
  private final boolean together;
  private final ModelTensors source;

  /** What matrices have in common that are weighed together. */
  private record Common(String place, int columns, String codes, SafetensorsType scale) {}

  private record Member(PackedMatrix matrix, Tensor of) {}

  GptqCertificate(PackingConfig config, ModelTensors source) {
    this.order = config.gptq();
    // Where settings vary from module to module, what a module was calibrated by may, too.
    this.together = config.bits().isPresent();
    this.source = source;
  }

  /** All matrices, those together that are weighed together. */
  List<List<PackedMatrix>> stacks(List<PackedMatrix> matrices) {
    Map<Common, List<PackedMatrix>> stacks = new LinkedHashMap<>();
    for (PackedMatrix matrix : matrices) {
      Common common = common(matrix, place(matrix.name()));
      List<PackedMatrix> stack = stacks.get(common);
      if (stack != null && !haveSameGroups(matrix, stack.get(0))) {
        common = common(matrix, matrix.name());
      }
      stacks.computeIfAbsent(common, any -> new ArrayList<>()).add(matrix);
    }
    return List.copyOf(stacks.values());
  }

  private Common common(PackedMatrix matrix, String place) {
    return order.isPresent() && matrix instanceof GptqMatrix gptq
        ? new Common(place, matrix.columns(), matrix.codes().name(), gptq.scaleType())
        : new Common(matrix.name(), 0, "", SafetensorsType.U8);
  }

  private String place(String name) {
    Matcher matcher = TOGETHER.matcher(name);
    if (!together || !matcher.matches()) {
      return name;
    }
    return matcher.group(1) + (matcher.group(2) != null ? matcher.group(2) : matcher.group(3));
  }

  private static boolean haveSameGroups(PackedMatrix one, PackedMatrix other) {
    if (one.groups().inOrder() != other.groups().inOrder()) {
      return false;
    }
    return one.groups().inOrder()
        ? one.groups().count() == other.groups().count()
        : Arrays.equals(one.groups().list(one.columns()), other.groups().list(other.columns()));
  }

  /** About how many weights of matrices are in memory while they are weighed together. */
  long weights(List<PackedMatrix> matrices) {
    if (order.isEmpty() || !(matrices.get(0) instanceof GptqMatrix first)) {
      return 0;
    }
    int rows = rows(matrices);
    return GptqStack.keptWeights(order(first), rows);
  }

  private static int rows(List<PackedMatrix> matrices) {
    long rows = matrices.stream().mapToLong(PackedMatrix::rows).sum();
    return (int) Math.min(rows, Integer.MAX_VALUE);
  }

  /**
   * Decides columns of the matrices that keep to the bounds.
   *
   * @param weighed what is known of each
   */
  List<TensorWeighing> certify(List<PackedMatrix> matrices, List<TensorWeighing> weighed)
      throws UnreadableModelException {
    Map<Integer, Member> members = new LinkedHashMap<>();
    for (int i = 0; order.isPresent() && i < matrices.size(); i++) {
      if (matrices.get(i) instanceof GptqMatrix && weighed.get(i).level() == Level.WITHIN_BOUNDS) {
        Tensor of = source.find(matrices.get(i).name()).orElseThrow();
        members.put(i, new Member(matrices.get(i), of));
      }
    }
    if (members.isEmpty()) {
      return weighed;
    }
    List<TensorWeighing> certified = new ArrayList<>(weighed);
    try {
      decide(List.copyOf(members.values()))
          .forEach(
              (member, decided) ->
                  members.forEach(
                      (i, each) -> {
                        if (each.equals(member)) {
                          certified.set(i, weighed.get(i).certified(decided));
                        }
                      }));
    } catch (IOException e) {
      throw UnreadableModelException.of(matrices.get(0).name(), e);
    }
    return certified;
  }

  /**
   * Of matrices that deviate together, those are accused that do so alone; or all, if none does.
   */
  private Map<Member, DecidedColumns> decide(List<Member> members) throws IOException {
    GptqFindings together = findings(members, GptqWeigher.DEFAULT_BUDGET);
    Map<Member, DecidedColumns> decided = new LinkedHashMap<>();
    if (together.count(Decision.DEVIATES) > 0 && members.size() > 1) {
      boolean anyAlone = false;
      for (Member member : members) {
        GptqFindings alone = findings(List.of(member), GptqWeigher.DEFAULT_BUDGET / members.size());
        anyAlone |= alone.count(Decision.DEVIATES) > 0;
        decided.put(member, columns(List.of(member), alone));
      }
      if (anyAlone) {
        return decided;
      }
    }
    members.forEach(member -> decided.put(member, columns(members, together)));
    return decided;
  }

  private static DecidedColumns columns(List<Member> members, GptqFindings findings) {
    return new DecidedColumns(
        members.stream().map(member -> member.matrix.name()).toList(),
        findings.rows(),
        findings.width(),
        columns(findings, Decision.FITS),
        columns(findings, Decision.DEVIATES));
  }

  private static List<Integer> columns(GptqFindings findings, Decision decision) {
    return findings.columns().stream()
        .filter(column -> column.decision() == decision)
        .map(ColumnFinding::column)
        .sorted()
        .toList();
  }

  /**
   * The quantizer may have loaded the source in another type: only what deviates in all of them
   * does.
   */
  private GptqFindings findings(List<Member> members, long budget) throws IOException {
    GptqFindings first = GptqWeigher.weigh(stack(members, Precision.F32), budget);
    if (first.count(Decision.DEVIATES) == 0) {
      return first;
    }
    for (Precision through : List.of(Precision.F16, Precision.BF16)) {
      boolean changesNothing =
          members.stream()
              .allMatch(member -> SourceRows.precision(member.of).equals(Optional.of(through)));
      if (!changesNothing) {
        GptqFindings other = GptqWeigher.weigh(stack(members, through), budget);
        if (other.count(Decision.DEVIATES) == 0) {
          return other;
        }
      }
    }
    return first;
  }

  private GptqStack stack(List<Member> members, Precision through) throws IOException {
    GptqMatrix first = (GptqMatrix) members.get(0).matrix;
    GptqStack stack =
        new GptqStack(
            first.codes().bits(),
            order(first),
            first.groups().list(first.columns()),
            stored(first.scaleType()),
            rows(members.stream().map(Member::matrix).toList()));
    for (Member member : members) {
      add(member, through, stack);
    }
    return stack;
  }

  private static StoredScale stored(SafetensorsType type) {
    return switch (type) {
      case F16 -> StoredScale.F16;
      case BF16 -> StoredScale.BF16;
      default -> StoredScale.F32;
    };
  }

  private RoundingOrder order(GptqMatrix matrix) {
    Groups groups = matrix.groups();
    return switch (order.orElseThrow()) {
      case BY_COLUMN -> RoundingOrder.byColumn(matrix.columns());
      case BY_GROUP ->
          groups.inOrder()
              ? RoundingOrder.unknown(matrix.columns())
              : RoundingOrder.byGroup(groups.list(matrix.columns()));
      case UNKNOWN -> RoundingOrder.unknown(matrix.columns());
    };
  }

  private void add(Member member, Precision through, GptqStack stack) throws IOException {
    int columns = member.matrix.columns();
    float[] weights = new float[columns];
    int[] codes = new int[columns];
    int[] zeros = new int[member.matrix.groups().count()];
    CodeRows rows = member.matrix.open();
    try (SourceRows originals = SourceRows.open(source, member.of, columns)) {
      while (rows.advance()) {
        float[] original = originals.next();
        for (int i = 0; i < columns; i++) {
          weights[i] = through.round(original[i]);
          codes[i] = rows.codes()[i] & 0xFF;
        }
        for (int group = 0; group < zeros.length; group++) {
          zeros[group] = (int) rows.zeros()[group];
        }
        stack.add(weights, codes, rows.scales(), zeros);
      }
    }
  }
}
