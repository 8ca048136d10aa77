using System;
using System.Collections.Generic;
using System.Reflection;
using System.Reflection.Emit;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Linux.LibC;

namespace SharpRunc.Tests.Design;

// DESIGN §3: once seccomp is loaded the profile decides which calls are allowed. An allocation, an exception or a lazy
// initialiser could make any.
internal sealed class LastMileTests
{
    private const string Namespace = "SharpRunc.Core.Init.LastMile";
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly HashSet<string> Forbidden = ["newarr", "box", "ldstr", "throw", "rethrow", "unbox.any", "castclass", "isinst"];

    private static readonly OpCode[] OneByte = new OpCode[256], TwoBytes = new OpCode[256];

    static LastMileTests()
    {
        foreach (FieldInfo field in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static))
            if (field.GetValue(null) is OpCode code)
                (code.Size == 1 ? OneByte : TwoBytes)[(byte)code.Value] = code;
    }

    [Test]
    public void There_is_something_to_look_at() => Assert.That(Types, Is.Not.Empty);

    [Test]
    public void It_allocates_nothing_and_throws_nothing()
    {
        List<string> found = [];
        foreach (Type type in Types)
            foreach (MethodBase method in Methods(type))
                foreach ((OpCode code, object? operand) in Instructions(method))
                    if (Forbidden.Contains(code.Name!) || code == OpCodes.Newobj && operand is MethodBase { DeclaringType.IsValueType: false })
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
            foreach (MethodBase method in Methods(type))
                foreach ((OpCode _, object? operand) in Instructions(method))
                    if (operand is MethodBase called && !Allowed(called))
                        found.Add($"{type.Name}.{method.Name} calls {called.DeclaringType}.{called.Name}");
        Assert.That(found, Is.Empty);
    }

    /// <summary>Ourselves, the raw bindings, and methods of spans, which are inlined.</summary>
    private static bool Allowed(MethodBase method)
        => method.DeclaringType is { } type && (type.Namespace == Namespace || type == typeof(Libc) || type.IsValueType);

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

    private static IEnumerable<MethodBase> Methods(Type type)
    {
        foreach (MethodInfo method in type.GetMethods(All))
            yield return method;
        foreach (ConstructorInfo constructor in type.GetConstructors(All))
            yield return constructor;
    }

    private static IEnumerable<(OpCode Code, object? Operand)> Instructions(MethodBase method)
    {
        byte[] il = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (int at = 0; at < il.Length;)
        {
            OpCode code = il[at] == 0xFE ? TwoBytes[il[at + 1]] : OneByte[il[at]];
            at += code.Size;
            object? operand = null;
            if (code.OperandType == OperandType.InlineMethod)
                operand = method.Module.ResolveMethod(BitConverter.ToInt32(il, at), method.DeclaringType!.GetGenericArguments(), null);
            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(il, at),
                _ => 4,
            };
            yield return (code, operand);
        }
    }
}
