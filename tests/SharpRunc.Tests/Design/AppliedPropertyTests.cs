using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Reflection.Emit;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.Spec;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Design;

/// <summary>
/// A property that is read and checked and that nothing then acts on would be ignored with exit code 0. So the code is asked who looks
/// at each field of the config: some class beyond the readers and the rules.
/// </summary>
internal sealed class AppliedPropertyTests
{
    /// <summary>Nothing acts on these, and why that is right.</summary>
    private static readonly Dictionary<string, string> Nothing = new()
    {
        ["MemoryResources.UseHierarchy"] = "no kernel of today knows any other way",
        ["Personality.Flags"] = "a rule has seen that there is none",
        ["Seccomp.ListenerMetadata"] = "a rule has seen that there is none without listenerPath",
    };

    private static readonly HashSet<string> Applied = Loads(type
        => type.Namespace is not ("SharpRunc.Core.Spec" or "SharpRunc.Core.Spec.Json" or "SharpRunc.Core.Validation")
        && type != typeof(UpdatedResources));

    [Test]
    public void Every_property_that_is_read_is_applied()
        => Assert.That(Fields(typeof(Config)).Where(field => !Applied.Contains(field)), Is.SubsetOf(Nothing.Keys));

    /// <summary>The fields that the methods of some types look at, as <c>Type.Field</c>; a deconstruction looks at all.</summary>
    private static HashSet<string> Loads(Func<Type, bool> where)
    {
        HashSet<string> names = [];
        foreach (Type type in typeof(ContainerException).Assembly.GetTypes().Where(where))
            foreach ((OpCode code, MemberInfo? operand) in Il.Methods(type).SelectMany(Il.Instructions))
                if (operand is FieldInfo field && (code == OpCodes.Ldfld || code == OpCodes.Ldflda))
                    names.Add(NameOf(field));
                else if (operand is MethodInfo getter && getter.Name.StartsWith("get_", StringComparison.Ordinal))
                    names.Add($"{getter.DeclaringType!.Name}.{getter.Name[4..]}");
                else if (operand is MethodInfo { Name: "Deconstruct" } all)
                    names.UnionWith(Own(all.DeclaringType!).Select(NameOf));
        return names;
    }

    /// <summary>All that a config can hold.</summary>
    private static IEnumerable<string> Fields(Type type)
    {
        foreach (FieldInfo field in Own(type))
        {
            string name = NameOf(field);
            yield return name;
            foreach (string below in Within(field.FieldType).SelectMany(Fields))
                yield return below;
        }
    }

    private static FieldInfo[] Own(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance);

    /// <summary>A record struct's property has its name within that of its field.</summary>
    private static string NameOf(FieldInfo field)
        => $"{field.DeclaringType!.Name}.{field.Name.Replace("<", "").Replace(">k__BackingField", "")}";

    private static IEnumerable<Type> Within(Type type)
    {
        if (type.IsArray)
            return Within(type.GetElementType()!);
        if (type.IsGenericType)
            return type.GetGenericArguments().SelectMany(Within);
        return type.Namespace == typeof(Config).Namespace && !type.IsEnum ? [type] : [];
    }
}
