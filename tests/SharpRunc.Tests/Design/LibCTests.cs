using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Linux;
using SharpRunc.Linux.LibC;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Design;

/// <summary>Our bindings and the package's against the headers of both architectures.</summary>
internal sealed partial class LibCTests
{
    private const BindingFlags Instance = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance;
    private const BindingFlags All = Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>C's name where it is not `struct` and ours; null: a part of a union that has no name in C.</summary>
    private static readonly Dictionary<string, string?> Names = new()
    {
        ["cap_header"] = "struct __user_cap_header_struct",
        ["cap_data"] = "struct __user_cap_data_struct",
        ["siginfo_t"] = "siginfo_t",
        ["bpf_attr_load"] = null,
        ["bpf_attr_attach"] = null,
        ["bpf_attr_query"] = null,
        ["bpf_attr_get_id"] = null,
        ["bpf_attr_info"] = null,
        ["bpf_prog_info_start"] = null,
    };

    [Test]
    public void Sizes_and_offsets_are_the_headers([Values] Architecture architecture)
    {
        CHeaders headers = Headers(architecture);
        foreach (Type type in typeof(Libc).GetNestedTypes(All))
            if (type.IsValueType && !type.Name.StartsWith('<') && Names.GetValueOrDefault(type.Name, "struct " + type.Name) is { } c)
                Claim(headers, type, c);
        headers.Check();
    }

    [Test]
    public void Constants_are_the_headers([Values] Architecture architecture)
    {
        CHeaders headers = Headers(architecture);
        Dictionary<string, long> ours = OurConstants();
        if (architecture == Architecture.Arm64)
            UseThoseOf(ours, "arm64");
        foreach ((string name, long value) in ours)
            headers.Claim(name, name, value, macro: name);
        int compared = headers.Check();
        TestContext.Out.WriteLine($"{compared} of {ours.Count} constants are macros of the headers");
        Assert.That(compared, Is.GreaterThan(ours.Count * 3 / 4));
    }

    [Test]
    public void The_package_s_constants_are_the_headers_where_they_are_used([Values] Architecture architecture)
    {
        CHeaders headers = Headers(architecture);
        SortedSet<string> used = UsedOfPackage(out _);
        Type constants = Package(architecture).GetType("Tmds.Linux.LibC")!;
        foreach (string name in used)
            if (constants.GetProperty(name) is { } property && name != "errno")
                headers.Claim(name, name, Number(property.GetValue(null)!), macro: name);
        for (int size = 4; size < 64; size += 4)
            headers.Claim($"CMSG_SPACE({size})", $"CMSG_SPACE({size})", CMSG_SPACE(size));
        int compared = headers.Check();
        TestContext.Out.WriteLine($"{compared} of {used.Count} used members are macros of the headers");
        Assert.That(compared, Is.GreaterThan(70));
    }

    [Test]
    public void The_package_s_structs_are_the_headers_where_they_are_used([Values] Architecture architecture)
    {
        CHeaders headers = Headers(architecture);
        UsedOfPackage(out SortedSet<string> types);
        foreach (string name in types)
        {
            Type type = Package(architecture).GetType("Tmds.Linux." + name)!;
            bool isNumber = type.GetFields(All).Any(field => field.Name == "__value");
            if (name is "ulong_t" or "long_t" or "syscall_arg") // of the package, not of C
                Assert.That(Marshal.SizeOf(type), Is.EqualTo(8), name);
            else
                Claim(headers, type, isNumber || name.EndsWith("_t", StringComparison.Ordinal) ? name : "struct " + name);
        }
        Assert.That(headers.Check(), Is.GreaterThan(20));
    }

    /// <summary>Why LibC has its own of these.</summary>
    [Test]
    public void What_is_wrong_in_the_package_is_still_wrong()
        => Assert.Multiple(() =>
        {
            int siCode = (int)Marshal.OffsetOf<Tmds.Linux.siginfo_t>("si_code");
            Assert.That(siCode, Is.EqualTo(4), "siginfo_t: si_code and si_errno are exchanged");
            Assert.That(typeof(Tmds.Linux.statx).GetField("stx_mnt_id"), Is.Null, "statx has no mount id");
            Assert.That(Marshal.SizeOf<Tmds.Linux.termios>(), Is.EqualTo(60), "termios is glibc's, which the kernel's ioctl does not fill");
            // Descriptor 0, standard input, would follow an odd number of descriptors.
            Assert.That(CMSG_LEN(4), Is.EqualTo(24), "CMSG_LEN rounds up as CMSG_SPACE does");
            Assert.That(typeof(Tmds.Linux.LibC).GetMember("SYS_openat2"), Is.Empty, "no numbers of calls");
        });

    /// <summary>Nobody else calls a function of the package: in Sys, Probe sees the call.</summary>
    [Test]
    public void Functions_of_the_package_are_called_by_Sys_only()
    {
        List<string> found = [];
        foreach ((Type type, MethodBase method, MemberInfo member) in OfPackage())
            if (member is MethodInfo { IsSpecialName: false, IsStatic: true } function && function.DeclaringType == typeof(Tmds.Linux.LibC)
                && type != typeof(Sys) && type.DeclaringType != typeof(Sys))
                found.Add($"{type.Name}.{method.Name} calls {function.Name}");
        Assert.That(found, Is.Empty);
    }

    private static CHeaders Headers(Architecture architecture) => architecture == Architecture.Arm64 ? CHeaders.Arm64 : CHeaders.Native;

    /// <summary>For the other architecture, the assembly that is compiled for it.</summary>
    private static Assembly Package(Architecture architecture)
    {
        if (architecture == Architecture.X64)
            return typeof(Tmds.Linux.LibC).Assembly;
        string file = Path.Combine(AppContext.BaseDirectory, "runtimes/linux-arm64/lib/netstandard2.0/Tmds.LibC.dll");
        other ??= new AssemblyLoadContext("arm64").LoadFromAssemblyPath(file);
        return other;
    }

    private static Assembly? other;

    private static void Claim(CHeaders headers, Type type, string c)
    {
        headers.Claim(type.Name, $"sizeof({c})", Marshal.SizeOf(type));
        foreach (FieldInfo field in type.GetFields(Instance))
            if (FieldName(field.Name) is { } name)
                headers.Claim($"{type.Name}.{name}", $"offsetof({c}, {name})", Marshal.OffsetOf(type, field.Name));
    }

    /// <summary>C's name of a field (behind a property or under another type). Null: padding, and parts that C splits further.</summary>
    private static string? FieldName(string field)
    {
        if (field.StartsWith("__", StringComparison.Ordinal))
            return null;
        string name = field.StartsWith('<') ? field[1..field.IndexOf('>', StringComparison.Ordinal)] : field.TrimStart('_');
        return char.IsUpper(name[0]) || name is "regs" or "times" || Filler().IsMatch(name) ? null : name;
    }

    [GeneratedRegex("^(pad|rest|unused)|spare")]
    private static partial Regex Filler();

    private static Dictionary<string, long> OurConstants()
    {
        Dictionary<string, long> ours = [];
        foreach (FieldInfo field in typeof(Libc).GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static))
            if (field.IsLiteral || (field.IsInitOnly && field.FieldType == typeof(nint)))
                if (field.GetValue(null) is { } value and not string)
                    ours[field.Name] = Number(value);
        return ours;
    }

    /// <summary>Replaces what depends on the architecture by the values in that architecture's files.</summary>
    private static void UseThoseOf(Dictionary<string, long> ours, string architecture)
    {
        string directory = Path.Combine(Repository.Root, "src/SharpRunc.Linux/LibC");
        foreach (string file in Directory.GetFiles(directory, "*.x86_64.cs"))
            foreach (Match constant in Constant().Matches(File.ReadAllText(file)))
                ours.Remove(constant.Groups[1].Value);
        foreach (string file in Directory.GetFiles(directory, $"*.{architecture}.cs"))
            foreach (Match constant in Constant().Matches(File.ReadAllText(file)))
                ours[constant.Groups[1].Value] = long.Parse(constant.Groups[2].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"\b([A-Z]\w+) = (\d+)\b")]
    private static partial Regex Constant();

    private static long Number(object value)
        => value is ulong or nuint ? (long)Convert.ToUInt64(value, CultureInfo.InvariantCulture)
            : value is nint n ? n
            : value is IConvertible ? Convert.ToInt64(value, CultureInfo.InvariantCulture)
            : Number(value.GetType().GetFields(BindingFlags.NonPublic | BindingFlags.Instance)[0].GetValue(value)!);

    /// <summary>Names of the package's constants and functions in the shipped code, and of its types.</summary>
    private static SortedSet<string> UsedOfPackage(out SortedSet<string> types)
    {
        types = new(StringComparer.Ordinal);
        SortedSet<string> used = new(StringComparer.Ordinal);
        foreach ((Type type, MethodBase _, MemberInfo member) in OfPackage())
            if (member is MethodBase { DeclaringType.Name: "LibC" } method)
                used.Add(method.Name.StartsWith("get_", StringComparison.Ordinal) ? method.Name[4..] : method.Name);
        foreach (Type type in Shipped())
            foreach (Type named in Il.Named(type))
                if (named.Assembly == typeof(Tmds.Linux.LibC).Assembly && named is { IsValueType: true, IsNested: false })
                    types.Add(named.Name);
        return used;
    }

    private static IEnumerable<(Type Type, MethodBase Method, MemberInfo Member)> OfPackage()
    {
        foreach (Type type in Shipped())
            foreach (MethodBase method in Il.Methods(type))
                foreach ((OpCode _, MemberInfo? operand) in Il.Instructions(method))
                    if (operand?.DeclaringType?.Assembly == typeof(Tmds.Linux.LibC).Assembly)
                        yield return (type, method, operand);
    }

    private static IEnumerable<Type> Shipped()
        => new[] { typeof(Sys), typeof(ContainerException), typeof(global::SharpRunc.CommandLine) }
            .SelectMany(type => type.Assembly.GetTypes());

    public enum Architecture { X64, Arm64 }
}
