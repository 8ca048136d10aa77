using System;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Validation;

/// <summary>The independent properties of config-linux.md.</summary>
internal static class LinuxRules
{
    public static void Check(Spec.Linux linux, ValidationContext ctx)
    {
        DevicesMustHaveAbsolutePathsAndPossibleNumbers(linux);
        RootfsPropagationMustBeKnown(linux, ctx);
        PersonalityHasADomainAndNoFlags(linux);
        if (linux.MemoryPolicy is not null)
            MemoryPolicyRules.Check(linux.MemoryPolicy);
        if (linux.IntelRdt is not null)
            IntelRdtRules.Check(linux.IntelRdt);
        NetDeviceRules.Check(linux, ctx);
    }

    /// <summary>config-linux.md#devices.</summary>
    private static void DevicesMustHaveAbsolutePathsAndPossibleNumbers(Spec.Linux linux)
    {
        for (int i = 0; i < linux.Devices.Length; i++)
        {
            Device device = linux.Devices[i];
            if (!device.Path.StartsWith('/') || LexicalPath.Clean(device.Path) == "/")
                throw Rule.Broken($"/linux/devices/{i}/path", $"must be an absolute path; got \"{device.Path}\"");
            if (device.Type != 'p')
                DeviceNumberRules.Check(device.Major, device.Minor, $"/linux/devices/{i}");
        }
    }

    /// <summary>
    /// config-linux.md#rootfs-mount-propagation. Moving a private root instead of pivoting would leave the old one reachable.
    /// </summary>
    private static void RootfsPropagationMustBeKnown(Spec.Linux linux, ValidationContext ctx)
    {
        const string Pointer = "/linux/rootfsPropagation";
        if (linux.RootfsPropagation is null)
            return;
        Rule.MustBeOneOf(Pointer, linux.RootfsPropagation,
            ["shared", "rshared", "slave", "rslave", "private", "rprivate", "unbindable", "runbindable"]);
        if (ctx.NoPivot && linux.RootfsPropagation is "private" or "rprivate")
            throw Rule.Broken(Pointer, $"{linux.RootfsPropagation} is not possible with --no-pivot");
    }

    /// <summary>config-linux.md#personality: "currently no flag values are supported".</summary>
    private static void PersonalityHasADomainAndNoFlags(Spec.Linux linux)
    {
        if (linux.Personality is not { } personality)
            return;
        Rule.MustBeOneOf("/linux/personality/domain", personality.Domain, ["LINUX", "LINUX32"]);
        if (personality.Flags.Length > 0)
            throw Rule.Broken("/linux/personality/flags/0", $"no flag is supported; got \"{personality.Flags[0]}\"");
    }
}

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
