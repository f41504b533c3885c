// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf.abi;

import io.tcpotel.bpf.libbpf.Libbpf;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The structs that the compiler has written down in a BPF object: as much of BTF as it takes to lay
 * them out. The format is in the kernel's Documentation/bpf/btf.rst.
 */
final class ObjectBtf {
  private static final int TYPE_BYTES = 12;
  private static final int MEMBER_BYTES = 12;
  private static final int POINTER_BYTES = 8;

  // BTF_KIND_...
  private static final int INT = 1;
  private static final int POINTER = 2;
  private static final int ARRAY = 3;
  private static final int STRUCT = 4;
  private static final int UNION = 5;
  private static final int ENUM = 6;
  private static final int TYPEDEF = 8;
  private static final int VOLATILE = 9;
  private static final int CONST = 10;
  private static final int RESTRICT = 11;
  private static final int FLOAT = 16;
  private static final int TYPE_TAG = 18;
  private static final int ENUM64 = 19;

  private final MemorySegment btf;
  private final List<Type> types = new ArrayList<>();
  private final Map<String, Type> structs = new HashMap<>();

  /**
   * {@code sizeOrType} is the size of what holds a value, and another type's number in what only
   * refers to one.
   */
  private record Type(int kind, int sizeOrType, List<Member> members) {
    boolean hasMembers() {
      return kind == STRUCT || kind == UNION;
    }
  }

  /** A member of a struct with its place in bytes, or an array's element with their count. */
  private record Member(String name, int type, int number) {}

  private ObjectBtf(MemorySegment btf) {
    this.btf = btf;
    types.add(new Type(0, 0, List.of())); // void, which is not written down
    MemorySegment next = Libbpf.btf__type_by_id(btf, 1);
    while (next.address() != 0) {
      readType(next.reinterpret(Long.MAX_VALUE));
      next = Libbpf.btf__type_by_id(btf, types.size());
    }
  }

  static ObjectBtf ofResource(String path) throws IOException {
    try (InputStream resource = ObjectBtf.class.getResourceAsStream(path);
        Arena arena = Arena.ofConfined()) {
      MemorySegment image = arena.allocateFrom(ValueLayout.JAVA_BYTE, resource.readAllBytes());
      MemorySegment object =
          Libbpf.bpf_object__open_mem(image, image.byteSize(), MemorySegment.NULL);
      ObjectBtf btf = new ObjectBtf(Libbpf.bpf_object__btf(object));
      Libbpf.bpf_object__close(object);
      return btf;
    }
  }

  long sizeOf(String struct) {
    return find(struct).sizeOrType();
  }

  /** The struct's members and, recursively, theirs. */
  List<Field> fieldsOf(String struct) {
    List<Field> fields = new ArrayList<>();
    addMembers(find(struct), "", 0, fields);
    return fields;
  }

  private Type find(String struct) {
    Type type = structs.get(struct);
    if (type == null) {
      throw new IllegalArgumentException("the object's BTF has no struct " + struct);
    }
    return type;
  }

  private void addMembers(Type struct, String prefix, long base, List<Field> fields) {
    for (Member member : struct.members()) {
      Type whole = resolve(member.type());
      Type element = whole;
      StringBuilder path = new StringBuilder(prefix).append(member.name());
      StringBuilder inElement = new StringBuilder(path);
      while (element.kind() == ARRAY) {
        Member array = element.members().get(0);
        path.append('[').append(array.number()).append(']');
        inElement.append("[0]");
        element = resolve(array.type());
      }
      long offset = base + member.number();
      fields.add(new Field(path.toString(), offset, bytesOf(whole), element.hasMembers()));
      if (element.hasMembers()) {
        addMembers(element, inElement.append('.').toString(), offset, fields);
      }
    }
  }

  private long bytesOf(Type type) {
    return switch (type.kind()) {
      case INT, FLOAT, ENUM, ENUM64, STRUCT, UNION -> type.sizeOrType();
      case POINTER -> POINTER_BYTES;
      case ARRAY -> {
        Member array = type.members().get(0);
        yield array.number() * bytesOf(resolve(array.type()));
      }
      default -> throw new IllegalArgumentException("a member of kind " + type.kind());
    };
  }

  /** Looks through names and qualifiers. */
  private Type resolve(int number) {
    Type type = types.get(number);
    return switch (type.kind()) {
      case TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG -> resolve(type.sizeOrType());
      default -> type;
    };
  }

  private void readType(MemorySegment type) {
    int info = type.get(ValueLayout.JAVA_INT, 4);
    int entries = info & 0xffff;
    int kind = info >>> 24 & 0x1f;
    List<Member> members = List.of();
    if (kind == ARRAY) {
      int elements = type.get(ValueLayout.JAVA_INT, TYPE_BYTES + 8);
      members = List.of(new Member("", type.get(ValueLayout.JAVA_INT, TYPE_BYTES), elements));
    } else if (kind == STRUCT || kind == UNION) {
      members = readMembers(type, entries);
    }
    types.add(new Type(kind, type.get(ValueLayout.JAVA_INT, 8), members));
    if (kind == STRUCT) {
      structs.put(name(type, 0), types.getLast());
    }
  }

  private List<Member> readMembers(MemorySegment type, int count) {
    List<Member> members = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int at = TYPE_BYTES + i * MEMBER_BYTES;
      // Of a struct with bit fields, the upper byte is a width; none of ours has any.
      int offsetBits = type.get(ValueLayout.JAVA_INT, at + 8) & 0xff_ffff;
      members.add(
          new Member(name(type, at), type.get(ValueLayout.JAVA_INT, at + 4), offsetBits / 8));
    }
    return members;
  }

  /** The name whose place in the strings stands at {@code offset}. */
  private String name(MemorySegment type, long offset) {
    return Libbpf.btf__name_by_offset(btf, type.get(ValueLayout.JAVA_INT, offset)).getString(0);
  }
}
