using System;
using System.Collections.Generic;
using System.Reflection;
using System.Reflection.Emit;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Linux.LibC;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Design;

// Once seccomp is loaded the profile decides which calls are allowed. An allocation, an exception or a lazy
// initialiser could make any.
internal sealed class LastMileTests
{
    private const string Namespace = "SharpRunc.Core.LastMile";

    private static readonly HashSet<string> Forbidden = ["newarr", "box", "ldstr", "throw", "rethrow", "unbox.any", "castclass", "isinst"];

    [Test]
    public void There_is_something_to_look_at() => Assert.That(Types, Is.Not.Empty);

    [Test]
    public void It_allocates_nothing_and_throws_nothing()
    {
        List<string> found = [];
        foreach (Type type in Types)
            foreach (MethodBase method in Il.Methods(type))
                foreach ((OpCode code, MemberInfo? operand) in Il.Instructions(method))
                    if (Forbidden.Contains(code.Name!) || code == OpCodes.Newobj
                        && operand is MethodBase { DeclaringType.IsValueType: false })
                        found.Add($"{type.Name}.{method.Name}: {code.Name}");
        Assert.That(found, Is.Empty);
    }

    [Test]
    public void No_type_has_a_static_constructor()
    {
        foreach (Type type in Types)
            Assert.That(type.TypeInitializer, Is.Null, type.Name);
    }

    [Test]
    public void It_calls_only_itself_and_the_kernel()
    {
        List<string> found = [];
        foreach (Type type in Types)
            foreach (MethodBase method in Il.Methods(type))
                foreach ((OpCode _, MemberInfo? operand) in Il.Instructions(method))
                    if (operand is MethodBase called && !Allowed(called))
                        found.Add($"{type.Name}.{method.Name} calls {called.DeclaringType}.{called.Name}");
        Assert.That(found, Is.Empty);
    }

    /// <summary>Ourselves, the raw bindings, the package's constants (inlined properties), and methods of spans (inlined too).</summary>
    private static bool Allowed(MethodBase method)
        => method.DeclaringType is { } type && (type.Namespace == Namespace || type == typeof(Libc) || type.IsValueType
            || (type == typeof(Tmds.Linux.LibC) && method.IsSpecialName));

    private static List<Type> Types
    {
        get
        {
            List<Type> types = [];
            foreach (Type type in typeof(ContainerException).Assembly.GetTypes())
                if (type.Namespace == Namespace)
                    types.Add(type);
            return types;
        }
    }
}
