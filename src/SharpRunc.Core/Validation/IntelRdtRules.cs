using System;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Validation;

/// <summary>config-linux.md#inteldrt: a name that becomes a directory, and lines that are written to resctrl one by one.</summary>
internal static class IntelRdtRules
{
    private const string Pointer = "/linux/intelRdt";

    /// <summary>NAME_MAX.</summary>
    private const int MaxName = 255;

    public static void Check(IntelRdt rdt)
    {
        if (rdt.ClosId is { } id && !IsClass(id))
            throw Rule.Broken($"{Pointer}/closID", $"must be one directory's name or \"/\"; got \"{id}\"");
        L3CacheSchemaIsALine(rdt.L3CacheSchema, $"{Pointer}/l3CacheSchema");
        MemBwSchemaMustStartWithMb(rdt.MemBwSchema, $"{Pointer}/memBwSchema");
        for (int i = 0; i < rdt.Schemata.Length; i++)
            Rule.MustHaveNoNewline($"{Pointer}/schemata/{i}", rdt.Schemata[i]);
    }

    private static bool IsClass(string id)
    {
        if (id == "/")
            return true;
        return id is not ("." or "..") && !id.AsSpan().ContainsAny('/', '\n') && KernelText.Length(id) <= MaxName;
    }

    public static void L3CacheSchemaIsALine(string? schema, string pointer) => Rule.MustHaveNoNewline(pointer, schema);

    /// <summary>"The value MUST start with MB: and MUST NOT contain newlines."</summary>
    public static void MemBwSchemaMustStartWithMb(string? schema, string pointer)
    {
        Rule.MustHaveNoNewline(pointer, schema);
        if (schema is not null && !schema.StartsWith("MB:", StringComparison.Ordinal))
            throw Rule.Broken(pointer, $"must start with \"MB:\"; got \"{schema}\"");
    }
}
