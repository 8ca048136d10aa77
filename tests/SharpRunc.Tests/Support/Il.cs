using System;
using System.Collections.Generic;
using System.Reflection;
using System.Reflection.Emit;

namespace SharpRunc.Tests.Support;

/// <summary>Compiled methods, instruction by instruction.</summary>
internal static class Il
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance
        | BindingFlags.DeclaredOnly;

    private static readonly OpCode[] OneByte = new OpCode[256], TwoBytes = new OpCode[256];

    static Il()
    {
        foreach (FieldInfo field in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static))
            if (field.GetValue(null) is OpCode code)
                (code.Size == 1 ? OneByte : TwoBytes)[(byte)code.Value] = code;
    }

    /// <summary>Its own, constructors included.</summary>
    public static IEnumerable<MethodBase> Methods(Type type)
    {
        foreach (MethodInfo method in type.GetMethods(All))
            yield return method;
        foreach (ConstructorInfo constructor in type.GetConstructors(All))
            yield return constructor;
    }

    /// <summary>
    /// All types that one names: in its bases, members, signatures, locals and instructions. What the compiler folds (constants) is not
    /// among them.
    /// </summary>
    public static HashSet<Type> Named(Type type)
    {
        HashSet<Type> found = [];
        Add(type.BaseType);
        foreach (Type contract in type.GetInterfaces())
            Add(contract);
        foreach (FieldInfo field in type.GetFields(All))
            Add(field.FieldType);
        foreach (MethodBase method in Methods(type))
        {
            AddSignature(method);
            foreach (LocalVariableInfo local in method.GetMethodBody()?.LocalVariables ?? [])
                Add(local.LocalType);
            foreach ((OpCode _, MemberInfo? operand) in Instructions(method))
                switch (operand)
                {
                    case Type named:
                        Add(named);
                        break;
                    case MethodBase called:
                        Add(called.DeclaringType);
                        AddSignature(called);
                        break;
                    case FieldInfo field:
                        Add(field.DeclaringType);
                        Add(field.FieldType);
                        break;
                }
        }
        return found;

        void AddSignature(MethodBase method)
        {
            Add((method as MethodInfo)?.ReturnType);
            foreach (ParameterInfo parameter in method.GetParameters())
                Add(parameter.ParameterType);
            if (method.IsGenericMethod)
                foreach (Type argument in method.GetGenericArguments())
                    Add(argument);
        }

        void Add(Type? named)
        {
            if (named is null || !found.Add(named))
                return;
            Add(named.GetElementType());
            foreach (Type argument in named.GetGenericArguments())
                Add(argument);
        }
    }

    /// <summary>Operand: the method, field or type that the instruction names; null for all others.</summary>
    public static IEnumerable<(OpCode Code, MemberInfo? Operand)> Instructions(MethodBase method)
    {
        byte[] il = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        Type[] ofType = method.DeclaringType!.GetGenericArguments(), ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : [];
        for (int at = 0; at < il.Length;)
        {
            OpCode code = il[at] == 0xFE ? TwoBytes[il[at + 1]] : OneByte[il[at]];
            at += code.Size;
            MemberInfo? operand = code.OperandType switch
            {
                OperandType.InlineMethod => method.Module.ResolveMethod(BitConverter.ToInt32(il, at), ofType, ofMethod),
                OperandType.InlineType => method.Module.ResolveType(BitConverter.ToInt32(il, at), ofType, ofMethod),
                OperandType.InlineTok => method.Module.ResolveMember(BitConverter.ToInt32(il, at), ofType, ofMethod),
                OperandType.InlineField => method.Module.ResolveField(BitConverter.ToInt32(il, at), ofType, ofMethod),
                _ => null,
            };
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
