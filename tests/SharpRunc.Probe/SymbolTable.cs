using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using SharpRunc.Linux;

namespace SharpRunc.Probe;

/// <summary>The functions that ILC compiled, of an ELF file with symbols (elf(5)): what it makes lies in a section of its own.</summary>
#pragma warning disable CS0649 // the file's bytes fill them
internal sealed unsafe class SymbolTable
{
    private const string Compiled = "__managedcode";
    private const uint SHT_SYMTAB = 2;
    private const int STT_FUNC = 2;

    private readonly byte[] file;

    public SymbolTable(string path)
    {
        using Fd opened = Sys.OpenAt(Fd.Cwd, path, O_RDONLY);
        file = Sys.ReadAll(opened, path);
        Header header = MemoryMarshal.Read<Header>(file);
        ReadOnlySpan<Section> sections =
            MemoryMarshal.Cast<byte, Section>(file.AsSpan((int)header.Sections, header.SectionCount * sizeof(Section)));
        Section names = sections[header.SectionNames];
        int code = -1;
        for (int i = 0; i < sections.Length; i++)
            if (Text(names, sections[i].Name) == Compiled)
                (code, Start, Length) = (i, sections[i].Address, (int)sections[i].Size);
        foreach (Section section in sections)
            if (section.Type == SHT_SYMTAB)
                Read(section, sections[(int)section.Link], code);
        if (Functions.Count == 0)
            throw new SysException("elf", $"{path}: no functions in {Compiled}", 0);
    }

    /// <summary>Where the section lies in memory.</summary>
    public ulong Start { get; }

    public int Length { get; }

    /// <summary>Names by address; bodies that are the same are one.</summary>
    public Dictionary<ulong, List<string>> Functions { get; } = [];

    private void Read(Section table, Section names, int code)
    {
        foreach (Symbol symbol in MemoryMarshal.Cast<byte, Symbol>(file.AsSpan((int)table.Offset, (int)table.Size)))
        {
            string name = symbol.Section == code && (symbol.Info & 0xf) == STT_FUNC ? Text(names, symbol.Name) : "";
            if (name.Length == 0 || name.StartsWith("__wrap_", StringComparison.Ordinal)) // the linker's name for one of ours
                continue;
            if (!Functions.TryGetValue(symbol.Value, out List<string>? same))
                Functions[symbol.Value] = same = [];
            same.Add(name);
        }
    }

    private string Text(Section strings, uint at)
    {
        ReadOnlySpan<byte> text = file.AsSpan((int)(strings.Offset + at));
        return Encoding.UTF8.GetString(text[..text.IndexOf((byte)0)]);
    }

    /// <summary>Elf64_Ehdr.</summary>
    private struct Header
    {
        public fixed byte Identification[16];
        public ushort Type, Machine;
        public uint Version;
        public ulong Entry, Programs, Sections;
        public uint Flags;
        public ushort Size, ProgramSize, ProgramCount, SectionSize, SectionCount, SectionNames;
    }

    /// <summary>Elf64_Shdr.</summary>
    private struct Section
    {
        public uint Name, Type;
        public ulong Flags, Address, Offset, Size;
        public uint Link, Info;
        public ulong Alignment, EntrySize;
    }

    /// <summary>Elf64_Sym.</summary>
    private struct Symbol
    {
        public uint Name;
        public byte Info, Other;
        public ushort Section;
        public ulong Value, Size;
    }
}
