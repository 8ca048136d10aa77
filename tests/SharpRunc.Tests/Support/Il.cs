using System;
using System.Collections.Generic;
using System.Reflection;
using System.Reflection.Emit;

namespace SharpRunc.Tests.Support;

/// <summary>Compiled methods, instruction by instruction.</summary>
internal static class Il
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

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

    /// <summary>Operand: the method or the field that the instruction names; null for all others.</summary>
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
