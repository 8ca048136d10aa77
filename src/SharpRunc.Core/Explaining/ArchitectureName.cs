using System;
using SharpRunc.Core.Seccomp;

namespace SharpRunc.Core.Explaining;

/// <summary>The names that users and engines give to an architecture: SCMP_ARCH_AARCH64, aarch64, arm64.</summary>
internal static class ArchitectureName
{
    private const string Prefix = "SCMP_ARCH_";

    /// <summary>Names used by Go and by distributions, where they differ.</summary>
    private static readonly (string Alias, string Name)[] Aliases =
    [
        ("AMD64", "X86_64"), ("386", "X86"), ("I386", "X86"), ("I686", "X86"), ("ARM64", "AARCH64"), ("LOONG64", "LOONGARCH64"),
        ("MIPSLE", "MIPSEL"), ("MIPS64LE", "MIPSEL64"), ("MIPS64P32", "MIPS64N32"), ("MIPS64P32LE", "MIPSEL64N32"),
        ("MIPS64EL", "MIPSEL64"), ("PPC64EL", "PPC64LE"), ("SH4", "SH"),
    ];

    /// <summary>Null if there is no such architecture.</summary>
    public static Architecture? Find(string text)
    {
        string name = text.ToUpperInvariant();
        if (name.StartsWith(Prefix, StringComparison.Ordinal))
            name = name[Prefix.Length..];
        foreach ((string alias, string known) in Aliases)
            if (name == alias)
                name = known;
        return Architecture.Find(Prefix + name);
    }

    /// <exception cref="ContainerException">There is no such architecture.</exception>
    public static Architecture Require(string text)
        => Find(text) ?? throw new ContainerException($"unknown architecture \"{text}\": {string.Join(", ", All())}");

    /// <summary>x86_64, aarch64 ….</summary>
    public static string Short(Architecture architecture) => architecture.Name[Prefix.Length..].ToLowerInvariant();

    /// <summary>All short names.</summary>
    public static string[] All() => Array.ConvertAll(Architecture.All, Short);
}
