export const sendingKey = ['sending']
