// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf.abi;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The structs that the compiler has written down in a BPF object: as much of BTF as it takes to lay
 * them out. The format is in the kernel's Documentation/bpf/btf.rst.
 */
final class ObjectBtf {
  private static final int BTF_MAGIC = 0xeb9f;
  private static final int TYPE_BYTES = 12;
  private static final int MEMBER_BYTES = 12;
  private static final int POINTER_BYTES = 8;

  private final ByteBuffer section;
  private final int strings;
  private final List<Type> types = new ArrayList<>();
  private final Map<String, Type> structs = new HashMap<>();

  /**
   * In the order of the kernel's BTF_KIND_...; the numbers say what follows the part that all kinds
   * have.
   */
  private enum Kind {
    VOID(0, 0),
    INT(4, 0),
    POINTER(0, 0),
    ARRAY(12, 0),
    STRUCT(0, MEMBER_BYTES),
    UNION(0, MEMBER_BYTES),
    ENUM(0, 8),
    FORWARD(0, 0),
    TYPEDEF(0, 0),
    VOLATILE(0, 0),
    CONST(0, 0),
    RESTRICT(0, 0),
    FUNCTION(0, 0),
    PROTOTYPE(0, 8),
    VARIABLE(4, 0),
    DATA_SECTION(0, 12),
    FLOAT(0, 0),
    DECLARATION_TAG(4, 0),
    TYPE_TAG(0, 0),
    ENUM64(0, 12);

    private final int bytes;
    private final int bytesPerEntry;

    Kind(int bytes, int bytesPerEntry) {
      this.bytes = bytes;
      this.bytesPerEntry = bytesPerEntry;
    }
  }

  /**
   * {@code sizeOrType} is the size of what holds a value, and another type's number in what only
   * refers to one.
   */
  private record Type(Kind kind, int sizeOrType, List<Member> members) {
    boolean hasMembers() {
      return kind == Kind.STRUCT || kind == Kind.UNION;
    }
  }

  /** A member of a struct with its place in bytes, or an array's element with their count. */
  private record Member(String name, int type, int number) {}

  private ObjectBtf(ByteBuffer section) {
    this.section = section;
    if (Short.toUnsignedInt(section.getShort(0)) != BTF_MAGIC) {
      throw new IllegalArgumentException("no little-endian BTF");
    }
    int headerBytes = section.getInt(4);
    int start = headerBytes + section.getInt(8);
    int end = start + section.getInt(12);
    strings = headerBytes + section.getInt(16);
    types.add(new Type(Kind.VOID, 0, List.of())); // number 0, which is not written down
    while (start < end) {
      start = readType(start);
    }
  }

  static ObjectBtf ofResource(String path) throws IOException {
    try (InputStream resource = ObjectBtf.class.getResourceAsStream(path)) {
      if (resource == null) {
        throw new IOException("not on the class path: " + path);
      }
      return new ObjectBtf(ElfFile.section(resource.readAllBytes(), ".BTF"));
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
      while (element.kind() == Kind.ARRAY) {
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

  /** Takes in the type that starts there; returns where the next one does. */
  private int readType(int start) {
    int info = section.getInt(start + 4);
    int entries = info & 0xffff;
    Kind kind = Kind.values()[info >>> 24 & 0x1f];
    int rest = start + TYPE_BYTES;
    List<Member> members = List.of();
    if (kind == Kind.ARRAY) {
      members = List.of(new Member("", section.getInt(rest), section.getInt(rest + 8)));
    } else if (kind == Kind.STRUCT || kind == Kind.UNION) {
      members = readMembers(rest, entries);
    }
    Type type = new Type(kind, section.getInt(start + 8), members);
    types.add(type);
    if (kind == Kind.STRUCT) {
      structs.put(string(start), type);
    }
    return rest + kind.bytes + entries * kind.bytesPerEntry;
  }

  private List<Member> readMembers(int start, int count) {
    List<Member> members = new ArrayList<>();
    for (int at = start; at < start + count * MEMBER_BYTES; at += MEMBER_BYTES) {
      // Of a struct with bit fields, the upper byte is a width; none of ours has any.
      int offsetBits = section.getInt(at + 8) & 0xff_ffff;
      members.add(new Member(string(at), section.getInt(at + 4), offsetBits / 8));
    }
    return members;
  }

  private String string(int reference) {
    return ElfFile.string(section, strings + section.getInt(reference));
  }

  /** The part of the ELF format that leads to a section by its name. */
  private static final class ElfFile {
    private static final int MAGIC = 0x464c457f; // 0x7f 'E' 'L' 'F'

    private ElfFile() {}

    static ByteBuffer section(byte[] file, String name) {
      ByteBuffer elf = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
      if (elf.getInt(0) != MAGIC || elf.get(4) != 2 || elf.get(5) != 1) {
        throw new IllegalArgumentException("no little-endian 64-bit ELF file");
      }
      int headers = (int) elf.getLong(0x28);
      int headerBytes = elf.getShort(0x3a);
      int count = elf.getShort(0x3c);
      int names = (int) elf.getLong(headers + elf.getShort(0x3e) * headerBytes + 0x18);
      for (int header = headers; header < headers + count * headerBytes; header += headerBytes) {
        if (string(elf, names + elf.getInt(header)).equals(name)) {
          int start = (int) elf.getLong(header + 0x18);
          int bytes = (int) elf.getLong(header + 0x20);
          return elf.slice(start, bytes).order(ByteOrder.LITTLE_ENDIAN);
        }
      }
      throw new IllegalArgumentException("the object has no section " + name);
    }

    static String string(ByteBuffer bytes, int start) {
      int end = start;
      while (bytes.get(end) != 0) {
        end++;
      }
      byte[] text = new byte[end - start];
      bytes.get(start, text);
      return new String(text, StandardCharsets.UTF_8);
    }
  }
}
